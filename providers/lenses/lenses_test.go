package lenses

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const key = "0123456789abcdef0123456789abcdef"

// encrypted is what Lenses' documentation says how to make: AES/CBC/PKCS5Padding.
func encrypted(t *testing.T, text string) string {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	vector := []byte("an IV of 16 byte")
	added := aes.BlockSize - len(text)%aes.BlockSize
	padded := []byte(text + strings.Repeat(string(rune(added)), added))
	cipher.NewCBCEncrypter(block, vector).CryptBlocks(padded, padded)
	return base64.StdEncoding.EncodeToString(vector) + " " + base64.StdEncoding.EncodeToString(padded)
}

func TestAES256(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &AES256{}
	if err := p.Configure(map[string]string{"aes256.key": key, "file.dir": dir}); err != nil {
		t.Fatal(err)
	}
	one, sixteen, coded := encrypted(t, "s"), encrypted(t, "exactly 16 bytes"), encrypted(t, "aGk=")
	for path, want := range map[string][]string{
		"":                  {"s", "exactly 16 bytes"},
		"utf8":              {"s", "exactly 16 bytes"},
		"utf8_file_../evil": nil,
		"utf8_file":         nil,
	} {
		data, err := p.Get(t.Context(), path, []string{one, sixteen})
		if want == nil {
			if err == nil || strings.Contains(err.Error(), "exactly") {
				t.Errorf("%s: got %v, %v", path, data.Values, err)
			}
			continue
		}
		if err != nil || data.Values[one] != want[0] || data.Values[sixteen] != want[1] {
			t.Errorf("%s: got %v, %v", path, data.Values, err)
		}
	}
	data, err := p.Get(t.Context(), "base64_file_key.jks", []string{coded})
	file := filepath.Join(dir, "secrets", "key.jks")
	text, _ := os.ReadFile(file)
	if err != nil || data.Values[coded] != file || string(text) != "hi" {
		t.Errorf("got %v, %v", data.Values, err)
	}
	for _, bad := range []string{"nothing", "x y", one[:30], one + "=", base64.StdEncoding.EncodeToString([]byte("an IV of 16 byte")) + " " + strings.Repeat("A", 22) + "=="} {
		if _, err := p.Get(t.Context(), "", []string{bad}); err == nil || !strings.HasPrefix(err.Error(), "Failed to decrypt the secret") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
	const want = "Invalid secret key length (5 - required 32 bytes)"
	if err := (&AES256{}).Configure(map[string]string{"aes256.key": "short"}); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if data, err := p.Get(t.Context(), "", nil); err != nil || len(data.Values) > 0 {
		t.Errorf("got %v, %v", data, err)
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := NewEnv(map[string]string{"A": "plain", "B": "ENV-base64:aGk=", "C": "ENV-mounted:text", "D": "ENV-mounted-base64:aGk=", "E": "ENV-base64:%"})
	if err := p.Configure(map[string]string{"file.dir": dir}); err != nil {
		t.Fatal(err)
	}
	data, err := p.Get(t.Context(), "", []string{"A", "B", "C", "D"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"A": "plain", "B": "hi", "C": filepath.Join(dir, "c"), "D": filepath.Join(dir, "d")}
	if diff := cmp.Diff(want, data.Values); diff != "" {
		t.Error(diff)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "d")); err != nil || string(text) != "hi" {
		t.Errorf("got %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "c")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
	for variable, want := range map[string]string{"F": "Failed to lookup environment variable [F]", "E": "Failed to decode value for key [E]"} {
		if _, err := p.Get(t.Context(), "", []string{variable}); err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}
