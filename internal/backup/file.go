package backup

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// format and version begin a file. A change that older programs would misread gets another version.
const (
	format  = "moldau-backup"
	version = 1
)

// maxSize bounds what a file may hold, unpacked.
const maxSize = 2 << 30

// envelope is a file, unpacked. Content comes last and is one line, so that its checksum can be checked with other programs.
type envelope struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	SHA256  string          `json:"sha256"`
	Content json.RawMessage `json:"content"`
}

// Encode returns the bytes of a file: gzip over JSON. The same content gives the same bytes.
func Encode(c *Content) ([]byte, error) {
	c.sort()
	content, err := marshal(c)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	text, err := marshal(envelope{format, version, hex.EncodeToString(sum[:]), content})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	packed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = packed.Write(append(text, '\n'))
	}
	if err == nil {
		err = packed.Close()
	}
	return out.Bytes(), err
}

// marshal leaves <, > and & as they are, as json.Marshal does not.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Decode reads the bytes of a file. Its errors say what is wrong with it.
func Decode(packed []byte) (*Content, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, errors.New("it is no backup of moldau: it is not packed with gzip")
	}
	text, err := io.ReadAll(io.LimitReader(reader, maxSize+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("it is cut off: its end is missing")
	case err != nil:
		return nil, fmt.Errorf("it is damaged: %w", err)
	case len(text) > maxSize:
		return nil, fmt.Errorf("it holds more than %d bytes", maxSize)
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil || e.Format != format {
		return nil, fmt.Errorf(`it is no backup of moldau: it does not begin with "format":%q`, format)
	}
	if e.Version != version {
		return nil, fmt.Errorf("it has version %d of the format, this program reads version %d", e.Version, version)
	}
	if sum := sha256.Sum256(e.Content); hex.EncodeToString(sum[:]) != e.SHA256 {
		return nil, errors.New("it is damaged or was changed: its content has not the checksum that it names")
	}
	c := &Content{}
	if err := json.Unmarshal(e.Content, c); err != nil {
		return nil, fmt.Errorf("its content cannot be read: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("its content cannot be used: %w", err)
	}
	c.sort()
	return c, nil
}

// check refuses what no backup has.
func (c *Content) check() error {
	if c.Cluster.Over != OverKafka && c.Cluster.Over != OverREST {
		return fmt.Errorf("cluster.over is %q", c.Cluster.Over)
	}
	seen := map[string]bool{}
	for _, k := range c.Connectors {
		if k.Name == "" || seen[k.Name] {
			return fmt.Errorf("connector %q is there twice or has no name", k.Name)
		}
		seen[k.Name] = true
		switch k.TargetState {
		case "STARTED", "PAUSED", "STOPPED":
		default:
			if k.Config != nil {
				return fmt.Errorf("connector %s: %q is no target state", k.Name, k.TargetState)
			}
		}
		for i := range k.SourceOffsets {
			o := &k.SourceOffsets[i]
			if (o.Key == "") == (o.Partition == nil) {
				return fmt.Errorf("connector %s: an offset has both or neither of key and partition", k.Name)
			}
			if _, _, err := o.meanings(); err != nil {
				return fmt.Errorf("connector %s: offset: %w", k.Name, err)
			}
		}
		if k.SinkOffsets != nil {
			for _, o := range k.SinkOffsets.Offsets {
				if o.Topic == "" || o.Partition < 0 || o.Offset < 0 {
					return fmt.Errorf("connector %s: the offset %d of partition %d of topic %q cannot be", k.Name, o.Offset, o.Partition, o.Topic)
				}
			}
		}
	}
	return nil
}

// WriteFile writes a backup, which only its owner may read since configurations may hold secrets. Either all of it is there in the end or what was
// there before. A file that exists is refused unless replace says otherwise.
func WriteFile(path string, c *Content, replace bool) (err error) {
	if _, err := os.Lstat(path); err == nil && !replace {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	packed, err := Encode(c)
	if err != nil {
		return err
	}
	// os.CreateTemp makes files with mode 0600.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the error that is returned came first
		}
	}()
	_, err = f.Write(packed)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if !replace {
		// A link fails where somebody else made the file meanwhile.
		if err = os.Link(f.Name(), path); err == nil {
			return os.Remove(f.Name())
		}
		if errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return os.Rename(f.Name(), path)
}

// ReadFile reads a backup.
func ReadFile(path string) (*Content, error) {
	packed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := Decode(packed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}
