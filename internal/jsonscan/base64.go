package jsonscan

// base64Values gives the value of each character of the standard alphabet, 0xff for all others.
var base64Values = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	return t
}()

// AppendBase64 appends the bytes of a base64 text as Jackson reads it: the standard alphabet with padding, white space and control characters
// between groups of four, anything again after a padded group; the bits that a padded group has too many do not matter.
func AppendBase64(dst, s []byte) (out []byte, ok bool) {
	for i := 0; ; {
		for i < len(s) && s[i] <= ' ' {
			i++
		}
		if i == len(s) {
			return dst, true
		}
		if len(s)-i < 4 {
			return dst, false
		}
		c, d, e, f := base64Values[s[i]], base64Values[s[i+1]], base64Values[s[i+2]], base64Values[s[i+3]]
		switch {
		case c > 63 || d > 63:
			return dst, false
		case e > 63:
			if s[i+2] != '=' || s[i+3] != '=' {
				return dst, false
			}
			dst = append(dst, c<<2|d>>4)
		case f > 63:
			if s[i+3] != '=' {
				return dst, false
			}
			dst = append(dst, c<<2|d>>4, d<<4|e>>2)
		default:
			dst = append(dst, c<<2|d>>4, d<<4|e>>2, e<<6|f)
		}
		i += 4
	}
}

// CanonicalBase64 reports whether a text is what Jackson writes for the bytes it stands for.
func CanonicalBase64(s []byte) bool {
	if len(s)%4 != 0 {
		return false
	}
	n := len(s)
	if n == 0 {
		return true
	}
	switch {
	case s[n-2] == '=':
		if s[n-1] != '=' || base64Values[s[n-3]]&0x0f != 0 {
			return false
		}
		n -= 2
	case s[n-1] == '=':
		if base64Values[s[n-2]]&0x03 != 0 {
			return false
		}
		n--
	}
	for _, c := range s[:n] {
		if base64Values[c] > 63 {
			return false
		}
	}
	return true
}
