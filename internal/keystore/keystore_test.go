package keystore

import (
	"os"
	"strings"
	"testing"
)

// Files that keytool and openssl wrote; their README says with which passwords.
const files = "../kafka/testdata/stores/"

func text(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(files + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPEMKey(t *testing.T) {
	t.Parallel()
	chain, right, wrong := text(t, "ec.pem"), "keypw", "x"
	for _, name := range []string{"aes128-sha512.key", "aes256.key", "des3.key", "pbe-md5-des.key", "pbe-sha1-3des.key", "pbe-sha1-des.key"} {
		for _, key := range []string{text(t, name), strings.ReplaceAll(text(t, name), "\n", " ")} {
			c, err := PEMKey(key, chain, &right)
			if err != nil || c.Leaf == nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := PEMKey(key, chain, &wrong); err != errKeyPassword {
				t.Errorf("%s with a wrong password: %v", name, err)
			}
			if _, err := PEMKey(key, chain, nil); err == nil {
				t.Errorf("%s is read without a password", name)
			}
		}
	}
	if _, err := PEMKey(chain, chain, nil); err == nil {
		t.Error("certificates are taken for a key")
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	password, key := "storepw", "keypw2"
	for _, x := range []struct {
		name          string
		password, key *string
		keys, trusted int
	}{
		{"ec.jks", &password, nil, 1, 0}, {"rsa.jks", &password, &key, 1, 0}, {"ec.p12", &password, nil, 1, 0}, {"two.p12", &password, nil, 2, 0},
		{"trust.jks", nil, nil, 0, 1}, {"trust.p12", &password, nil, 0, 1},
	} {
		c, err := Read(files+x.name, "PKCS12", x.password, x.key)
		if err != nil || len(c.Keys) != x.keys || len(c.Trusted) != x.trusted {
			t.Errorf("%s: %+v, %v", x.name, c, err)
		}
	}
	if _, err := Read(files+"ec.jks", "BKS", &password, nil); err == nil {
		t.Error("BKS is read")
	}
}
