package lenses

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

func aesDef() *config.Def {
	return config.NewDef(
		config.Key{Name: "aes256.key", Type: config.Password, Default: "", Importance: config.Medium, Doc: "The key: a text of 32 bytes."},
		config.Key{Name: "file.dir", Default: "", Importance: config.Medium, Doc: "Directory for values that become files, in its folder secrets."},
	)
}

// AES256 is io.lenses.connect.secrets.providers.Aes256DecodingProvider: the key of a placeholder is the encrypted value, an initialisation vector
// and the text, both in base 64, with a blank between; the path is an encoding.
type AES256 struct {
	block cipher.Block
	dir   string
}

// Configure takes aes256.key and file.dir.
func (p *AES256) Configure(props map[string]string) error {
	v, err := aesDef().ParseStrings(props)
	if err != nil {
		return err
	}
	key := []byte(v.Password("aes256.key").Reveal())
	if len(key) != 32 {
		return config.Failed("Invalid secret key length (" + strconv.Itoa(len(key)) + " - required 32 bytes)")
	}
	p.dir = filepath.Join(v.String("file.dir"), "secrets")
	p.block, err = aes.NewCipher(key)
	return err
}

// Get decrypts the keys. Without keys there is nothing to decrypt.
func (p *AES256) Get(_ context.Context, path string, keys []string) (connect.ConfigData, error) {
	encoding, id := service.EncodingOf(path)
	data := connect.ConfigData{Values: map[string]string{}}
	for _, key := range keys {
		text, err := p.decrypt(key)
		if err != nil {
			return connect.ConfigData{}, err
		}
		if id == "" && (encoding == service.Base64File || encoding == service.UTF8File) {
			return connect.ConfigData{}, config.Failed("Invalid argument received. Expecting a file identifier.")
		}
		if data.Values[key], err = encoding.Decode(path, text, service.FileIn(p.dir, id)); err != nil {
			return connect.ConfigData{}, err
		}
	}
	return data, nil
}

func (p *AES256) decrypt(key string) (string, error) {
	failed := config.Failed("Failed to decrypt the secret.")
	first, second, ok := strings.Cut(key, " ")
	if !ok {
		return "", config.Failed("Failed to decrypt the secret: Invalid format: missing initialization vector")
	}
	vector, err := base64.StdEncoding.DecodeString(first)
	if err != nil || len(vector) != aes.BlockSize {
		return "", failed
	}
	text, err := base64.StdEncoding.DecodeString(second)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return "", failed
	}
	cipher.NewCBCDecrypter(p.block, vector).CryptBlocks(text, text)
	// PKCS #7: the last byte says how many bytes were added, and all of these are that number.
	added := int(text[len(text)-1])
	if added == 0 || added > aes.BlockSize || added > len(text) {
		return "", failed
	}
	for _, b := range text[len(text)-added:] {
		if int(b) != added {
			return "", failed
		}
	}
	return string(text[:len(text)-added]), nil
}

// Close does nothing.
func (p *AES256) Close() error { return nil }
