// SPDX-License-Identifier: MPL-2.0

package records

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const (
	// Prefix begins the extraConfig key of every record.
	Prefix = "novasphere."
	// Schema is the version of the record format, for the envelope and all kinds of record.
	Schema = 1
)

// envelope is a record as stored. The checksum reveals edits by hand.
type envelope struct {
	Schema int             `json:"schema"`
	Sum    string          `json:"sum"`
	Value  json.RawMessage `json:"value"`
}

// Set is everything that one holder VM stores, as a reader sees it, or as a write sees and changes it. Readers share it.
type Set struct {
	holder  string // its path, for errors
	book    *contents
	changes Diff // made by this write; nil for a reader
}

// Alone returns records without a VM, for tests.
func Alone(put func(Set) error) (Set, error) {
	empty := Set{holder: "nowhere", book: newContents(nil), changes: Diff{}}
	err := put(empty)
	return Set{holder: empty.holder, book: newContents(empty.changes)}, err
}

// Key returns the extraConfig key of a record. vSphere may ignore the case of keys, so it escapes capitals.
func Key(kind, id string) string {
	var key strings.Builder
	key.WriteString(Prefix + kind + ".")
	for _, b := range []byte(id) {
		if b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-' {
			key.WriteByte(b)
		} else {
			fmt.Fprintf(&key, "%%%02x", b)
		}
	}
	return key.String()
}

// Put adds or replaces a record.
func (r Set) Put(kind, id string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(envelope{Schema: Schema, Sum: Sum(raw), Value: raw})
	if err != nil {
		return err
	}
	r.changes[Key(kind, id)] = string(whole)
	return nil
}

// Drop removes a record.
func (r Set) Drop(kind, id string) { r.changes[Key(kind, id)] = "" }

// Text returns a record as stored; empty if there is none.
func (r Set) Text(key string) string {
	if text, changed := r.changes[key]; changed {
		return text
	}
	return r.book.raw[key]
}

// Get reads a record into value. It returns ErrNotFound if there is none, and another error that names the record if it cannot be read.
func (r Set) Get(kind, id string, value any) error {
	key := Key(kind, id)
	text := r.Text(key)
	if text == "" {
		return fmt.Errorf("%s %q: %w", kind, id, openstack.ErrNotFound)
	}
	return decode(r.holder, key, text, value)
}

// IDs returns the ids of a kind, sorted.
func (r Set) IDs(kind string) []string {
	ids := slices.Clone(r.book.ids(kind))
	if !r.changed(kind) {
		return ids
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return r.Text(Key(kind, id)) == "" })
	for key, text := range r.changes {
		if id, is := idOf(kind, key); is && text != "" && r.book.raw[key] == "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// changed reports whether the write has changed records of a kind.
func (r Set) changed(kind string) bool {
	for key := range r.changes {
		if strings.HasPrefix(key, Prefix+kind+".") {
			return true
		}
	}
	return false
}

// idOf returns the id in the key of a record, if it is of that kind.
func idOf(kind, key string) (id string, is bool) {
	rest, is := strings.CutPrefix(key, Prefix+kind+".")
	if !is {
		return "", false
	}
	id, err := url.QueryUnescape(rest)
	return id, err == nil
}

// All returns the records of a kind in the order of their ids. What they point to is shared and must not be modified.
func All[T any](r Set, kind string) ([]T, error) {
	if r.changed(kind) {
		return decodeAll[T](r, kind)
	}
	all, err := memo(r.book, "all "+kind, func() ([]T, error) { return decodeAll[T](r, kind) })
	return slices.Clone(all), err
}

func decodeAll[T any](r Set, kind string) ([]T, error) {
	var out []T
	for _, id := range r.IDs(kind) {
		one, err := Peek[T](r, kind, id)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Sum returns the first 8 bytes of the SHA-256 of raw, in hex.
func Sum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// decode refuses a record that it cannot trust. Its error is about that one record, and never ErrNotFound.
func decode(holder, key, text string, value any) error {
	where := fmt.Sprintf("the record %s in the advanced parameters of VM %s", key, holder)
	var e envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return fmt.Errorf("%s cannot be read (%w): somebody edited it; put its former value back, or remove the parameter and create the "+
			"object anew", where, err)
	}
	if e.Schema > Schema {
		return fmt.Errorf("%s was written by a newer version of this provider (schema %d, this one knows %d): upgrade the provider", where,
			e.Schema, Schema)
	}
	if e.Sum != Sum(e.Value) {
		return fmt.Errorf("%s was edited by hand (its checksum does not fit): put its former value back, or remove the parameter and create "+
			"the object anew", where)
	}
	if err := json.Unmarshal(e.Value, value); err != nil {
		return fmt.Errorf("%s cannot be read: %w", where, err)
	}
	return nil
}

// Diff is the changes of a write. An empty value removes its key.
type Diff map[string]string

// appliedTo reports whether raw contains all of the changes.
func (d Diff) appliedTo(raw map[string]string) bool {
	for key, value := range d {
		if raw[key] != value {
			return false
		}
	}
	return len(d) > 0
}

// Options returns the changes as extraConfig options, sorted by key.
func (d Diff) Options() []types.BaseOptionValue {
	var out []types.BaseOptionValue
	for _, key := range slices.Sorted(maps.Keys(d)) {
		out = append(out, &types.OptionValue{Key: key, Value: d[key]})
	}
	return out
}
