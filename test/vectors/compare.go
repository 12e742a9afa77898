package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// Check runs f on a case and returns nil where the result is the recorded one.
func Check(c *Case, f Func) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	output, err := f(c)
	if errors.Is(err, errNotUnderstood) {
		return err
	}
	switch {
	case c.Error != nil:
		return checkError(c.Error, output, err)
	case err != nil:
		return fmt.Errorf("want %s, got error %w", show(c.Output), err)
	case !c.HasOutput:
		return nil
	}
	got, err := normal(output)
	if err != nil {
		return err
	}
	want, err := normal(c.Output)
	if err != nil {
		return err
	}
	return diff("", want, got)
}

func checkError(want *Failure, output any, err error) error {
	if err == nil {
		return fmt.Errorf("want error %v, got %s", want, show(output))
	}
	var got *Failure
	var classed interface {
		error
		JavaClass() string
	}
	switch {
	case errors.As(err, &got):
	case errors.As(err, &classed):
		got = &Failure{Class: classed.JavaClass(), Message: classed.Error()}
	default:
		got = &Failure{Message: err.Error()}
	}
	if strings.HasPrefix(want.Class, "java.lang.") && got.Words != WordsExact {
		return nil
	}
	if got.Class != want.Class {
		return fmt.Errorf("want error %v, got %w", want, err)
	}
	if want.Phase != "" && got.Phase != "" && want.Phase != got.Phase {
		return fmt.Errorf("want error in %s, got it in %s: %w", want.Phase, got.Phase, err)
	}
	if got.Words != WordsClassOnly && HideIdentity(got.Message) != want.Message {
		return fmt.Errorf("want error %q, got %q", want.Message, got.Message)
	}
	return nil
}

// normal brings a result into the form of a decoded JSON tree.
func normal(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, json.Number:
		return v, nil
	case string:
		return textForm(HideIdentity(v)), nil
	case int:
		return json.Number(strconv.Itoa(v)), nil
	case int32:
		return json.Number(strconv.FormatInt(int64(v), 10)), nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = textForm(HideIdentity(s))
		}
		return list, nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			n, err := normal(e)
			if err != nil {
				return nil, err
			}
			list[i] = n
		}
		return list, nil
	case map[string]any:
		object := make(map[string]any, len(v))
		for k, e := range v {
			n, err := normal(e)
			if err != nil {
				return nil, err
			}
			object[k] = n
		}
		return object, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("result %T: %w", v, err)
	}
	return decode(b)
}

// diff returns an error that names the first place where two trees differ.
func diff(at string, want, got any) error {
	differ := func() error { return fmt.Errorf("%s: want %s, got %s", at, show(want), show(got)) }
	switch w := want.(type) {
	case json.Number:
		g, ok := got.(json.Number)
		if !ok || !sameNumber(w, g) {
			return differ()
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return differ()
		}
		for i := range w {
			if err := diff(at+"/"+strconv.Itoa(i), w[i], g[i]); err != nil {
				return err
			}
		}
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return differ()
		}
		for _, k := range names(w, g) {
			we, inWant := w[k]
			ge, inGot := g[k]
			if !inGot {
				return fmt.Errorf("%s/%s: want %s, got nothing", at, k, show(we))
			}
			if !inWant {
				return fmt.Errorf("%s/%s: want nothing, got %s", at, k, show(ge))
			}
			if err := diff(at+"/"+k, we, ge); err != nil {
				return err
			}
		}
	default:
		if want != got {
			return differ()
		}
	}
	return nil
}

func names(a, b map[string]any) []string {
	var all []string
	for k := range a {
		all = append(all, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			all = append(all, k)
		}
	}
	sort.Strings(all)
	return all
}

// sameNumber compares numbers exactly; 1 and 1.0 are the same.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	// A rational of a huge exponent would fill the memory; such numbers are compared as text only.
	for _, n := range []json.Number{a, b} {
		if i := strings.IndexAny(string(n), "eE"); i >= 0 && len(n)-i > 5 {
			return false
		}
	}
	x, okX := new(big.Rat).SetString(string(a))
	y, okY := new(big.Rat).SetString(string(b))
	return okX && okY && x.Cmp(y) == 0
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%v", v)
	}
	if len(b) > 400 {
		return string(b[:400]) + "..."
	}
	return string(b)
}
