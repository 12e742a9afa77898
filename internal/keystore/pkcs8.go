package keystore

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"unicode/utf16"
)

// decryptPKCS8 opens an EncryptedPrivateKeyInfo (RFC 5958) as keytool and openssl write it: PBES2 with AES or triple DES, and the
// older schemes that Kafka's documentation recommends for Java 8.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("the encrypted private key is damaged: %w", err)
	}
	block, iv, err := keyCipher(info.Algorithm, password)
	if err != nil {
		return nil, err
	}
	if len(info.Data) == 0 || len(info.Data)%block.BlockSize() != 0 || len(iv) != block.BlockSize() {
		return nil, errors.New("the encrypted private key is damaged")
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	n := int(plain[len(plain)-1])
	if n == 0 || n > block.BlockSize() || !bytes.Equal(plain[len(plain)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errKeyPassword
	}
	plain = plain[:len(plain)-n]
	var probe asn1.RawValue // one wrong password in 256 leaves sound padding
	if rest, err := asn1.Unmarshal(plain, &probe); err != nil || len(rest) > 0 {
		return nil, errKeyPassword
	}
	return plain, nil
}

func keyCipher(algorithm pkix.AlgorithmIdentifier, password string) (cipher.Block, []byte, error) {
	parameters := algorithm.Parameters.FullBytes
	switch id := algorithm.Algorithm.String(); id {
	case "1.2.840.113549.1.5.13":
		return pbes2(parameters, password)
	case "1.2.840.113549.1.5.3":
		return pbes1(parameters, password, md5.New())
	case "1.2.840.113549.1.5.10":
		return pbes1(parameters, password, sha1.New())
	case "1.2.840.113549.1.12.1.3":
		return pkcs12TripleDES(parameters, password)
	default:
		return nil, nil, fmt.Errorf("the private key is encrypted with the algorithm %s, which is not supported; use openssl pkcs8 -topk8 -v2 aes-256-cbc", id)
	}
}

// pbes2 is RFC 8018 section 6.2.
func pbes2(der []byte, password string) (cipher.Block, []byte, error) {
	var p struct{ Derivation, Encryption pkix.AlgorithmIdentifier }
	if _, err := asn1.Unmarshal(der, &p); err != nil {
		return nil, nil, fmt.Errorf("parameters of the encrypted private key: %w", err)
	}
	var kdf struct {
		Salt       []byte
		Iterations int
		Length     int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	if id := p.Derivation.Algorithm.String(); id != "1.2.840.113549.1.5.12" {
		return nil, nil, fmt.Errorf("the key derivation %s of the encrypted private key is not supported", id)
	}
	if _, err := asn1.Unmarshal(p.Derivation.Parameters.FullBytes, &kdf); err != nil {
		return nil, nil, fmt.Errorf("parameters of the encrypted private key: %w", err)
	}
	prf := sha1.New
	switch id := kdf.PRF.Algorithm.String(); id {
	case "", "1.2.840.113549.2.7":
	case "1.2.840.113549.2.8":
		prf = sha256.New224
	case "1.2.840.113549.2.9":
		prf = sha256.New
	case "1.2.840.113549.2.10":
		prf = sha512.New384
	case "1.2.840.113549.2.11":
		prf = sha512.New
	default:
		return nil, nil, fmt.Errorf("the hash %s of the encrypted private key is not supported", id)
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Encryption.Parameters.FullBytes, &iv); err != nil {
		return nil, nil, fmt.Errorf("parameters of the encrypted private key: %w", err)
	}
	sizes := map[string]int{"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32, "1.2.840.113549.3.7": 24}
	id := p.Encryption.Algorithm.String()
	size, known := sizes[id]
	if !known {
		return nil, nil, fmt.Errorf("the cipher %s of the encrypted private key is not supported", id)
	}
	key, err := pbkdf2.Key(prf, password, kdf.Salt, kdf.Iterations, size)
	if err != nil {
		return nil, nil, err
	}
	var block cipher.Block
	if id == "1.2.840.113549.3.7" {
		block, err = des.NewTripleDESCipher(key)
	} else {
		block, err = aes.NewCipher(key)
	}
	return block, iv, err
}

type saltAndCount struct {
	Salt       []byte
	Iterations int
}

// pbes1 is RFC 8018 section 6.1: PBKDF1 gives a DES key and its initialisation vector.
func pbes1(der []byte, password string, h hash.Hash) (cipher.Block, []byte, error) {
	var p saltAndCount
	if _, err := asn1.Unmarshal(der, &p); err != nil {
		return nil, nil, fmt.Errorf("parameters of the encrypted private key: %w", err)
	}
	derived := append([]byte(password), p.Salt...)
	for range p.Iterations {
		h.Reset()
		h.Write(derived)
		derived = h.Sum(nil)
	}
	block, err := des.NewCipher(derived[:8])
	return block, derived[8:16], err
}

// pkcs12TripleDES is pbeWithSHAAnd3-KeyTripleDES-CBC of RFC 7292.
func pkcs12TripleDES(der []byte, password string) (cipher.Block, []byte, error) {
	var p saltAndCount
	if _, err := asn1.Unmarshal(der, &p); err != nil {
		return nil, nil, fmt.Errorf("parameters of the encrypted private key: %w", err)
	}
	block, err := des.NewTripleDESCipher(pkcs12KDF(password, p, 1, 24))
	return block, pkcs12KDF(password, p, 2, 8), err
}

// pkcs12KDF is RFC 7292 appendix B.2 with SHA-1.
func pkcs12KDF(password string, p saltAndCount, purpose byte, size int) []byte {
	const v = 64
	var text []byte
	for _, unit := range append(utf16.Encode([]rune(password)), 0) {
		text = append(text, byte(unit>>8), byte(unit))
	}
	fill := func(b []byte) []byte {
		if len(b) == 0 {
			return nil
		}
		n := v * ((len(b) + v - 1) / v)
		return bytes.Repeat(b, n/len(b)+1)[:n]
	}
	input := append(fill(p.Salt), fill(text)...)
	var derived []byte
	for len(derived) < size {
		a := sha1.Sum(append(bytes.Repeat([]byte{purpose}, v), input...))
		for range p.Iterations - 1 {
			a = sha1.Sum(a[:])
		}
		derived = append(derived, a[:]...)
		b := new(big.Int).SetBytes(fill(a[:])[:v])
		b.Add(b, big.NewInt(1))
		for i := 0; i < len(input); i += v {
			sum := new(big.Int).SetBytes(input[i : i+v])
			sum.Add(sum, b)
			bytes := sum.FillBytes(make([]byte, v+1))
			copy(input[i:i+v], bytes[1:])
		}
	}
	return derived[:size]
}
