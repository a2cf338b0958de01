// SPDX-License-Identifier: MPL-2.0

package cloudconfig

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// kind is a set of the kinds of values.
type kind uint8

const (
	text kind = 1 << iota
	flag
	whole
	list
	object
)

// kindNames name the kinds in errors.
var kindNames = []struct {
	is   kind
	name string
}{{text, "a text"}, {flag, "true or false"}, {whole, "a whole number"}, {list, "a list"}, {object, "an object"}}

func (k kind) String() string {
	var names []string
	for _, each := range kindNames {
		if k&each.is != 0 {
			names = append(names, each.name)
		}
	}
	return strings.Join(names, " or ")
}

// rule says what a value may be, as far as cloud-init's documentation says it.
type rule struct {
	kinds  kind
	words  []string         // the only texts; none: any
	each   *rule            // of a list: what its elements may be; nil: anything
	fields map[string]*rule // of an object: its attributes; nil: any
	needs  []string         // attributes of which an object must have one
}

// kindOf returns the kind of a value, 0 for a number with a fraction.
func kindOf(value any) kind {
	switch v := value.(type) {
	case string:
		return text
	case bool:
		return flag
	case *big.Float:
		if v.IsInt() {
			return whole
		}
	case []any:
		return list
	case map[string]any:
		return object
	}
	return 0
}

// told names the kind of a value in an error, without the value.
func told(value any) string {
	if is := kindOf(value); is != 0 {
		return is.String()
	}
	return "a number with a fraction"
}

// check reports what is wrong with a value. at is its path.
func (r *rule) check(at string, value any) error {
	if r.kinds&kindOf(value) == 0 {
		return fmt.Errorf("%s: it is %s, and cloud-init takes %s", at, told(value), r.kinds)
	}
	switch v := value.(type) {
	case string:
		if len(r.words) > 0 && !slices.Contains(r.words, v) {
			return fmt.Errorf("%s: it is none of the words that cloud-init takes: %s", at, strings.Join(r.words, ", "))
		}
	case []any:
		return r.checkList(at, v)
	case map[string]any:
		return r.checkObject(at, v)
	}
	return nil
}

func (r *rule) checkList(at string, values []any) error {
	if r.each == nil {
		return nil
	}
	var all []error
	for i, value := range values {
		if here := fmt.Sprintf("%s[%d]", at, i); value == nil {
			all = append(all, fmt.Errorf("%s: it is null: leave it out, as compact() does", here))
		} else {
			all = append(all, r.each.check(here, value))
		}
	}
	return errors.Join(all...)
}

func (r *rule) checkObject(at string, values map[string]any) error {
	if r.fields == nil {
		return nil
	}
	var all []error
	for _, name := range sortedKeys(values) {
		is, known := r.fields[name]
		switch {
		case !known:
			all = append(all, unknown(at+"."+name, "argument there", sortedKeys(r.fields)))
		case values[name] != nil:
			all = append(all, is.check(at+"."+name, values[name]))
		}
	}
	if len(r.needs) > 0 && !slices.ContainsFunc(r.needs, func(name string) bool { return values[name] != nil }) {
		all = append(all, fmt.Errorf("%s: %s is missing", at, strings.Join(r.needs, " or ")))
	}
	return errors.Join(all...)
}

// unknown returns the error for a name that cloud-init does not know, with the nearest that it does where one is near: a name that has
// less than half of its letters in common with all others is no misspelling.
func unknown(at, what string, names []string) error {
	last := strings.ToLower(at[strings.LastIndex(at, ".")+1:])
	text := fmt.Sprintf("%s: cloud-init knows no such %s, and would ignore it", at, what)
	if last == "" {
		return fmt.Errorf("an empty name: %s", strings.TrimPrefix(text, ": "))
	}
	nearest := slices.MinFunc(names, func(a, b string) int {
		return levenshtein.Distance(last, a, nil) - levenshtein.Distance(last, b, nil)
	})
	if 2*levenshtein.Distance(last, nearest, nil) <= len(last) {
		text += "; the nearest is " + nearest
	}
	return errors.New(text)
}
