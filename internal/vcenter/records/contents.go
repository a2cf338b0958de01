// SPDX-License-Identifier: MPL-2.0

package records

import (
	"slices"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// contents is what a holder VM stored when it was last read. It is immutable, so that all readers share it together with what was
// computed from it: a plan of a thousand instances reads a thousand records a thousand times.
type contents struct {
	raw     map[string]string
	memos   sync.Map  // a *lookup for each computed result, by name
	decoded *sync.Map // records that this process has decoded, by key and type, from any version of the contents
}

func newContents(raw map[string]string) *contents { return &contents{raw: raw, decoded: &sync.Map{}} }

// memo computes a result from the contents once, and returns it from then on.
func memo[T any](b *contents, name string, find func() (T, error)) (T, error) {
	fresh := &wire.Lookup[T]{}
	found, _ := b.memos.LoadOrStore(memoKey[T]{name}, fresh)
	known, _ := found.(*wire.Lookup[T])
	return known.Get(find)
}

// Memo computes a result from records once, for all callers.
func Memo[T any](r Set, name string, find func() (T, error)) (T, error) {
	return memo(r.book, name, find)
}

// memoKey separates results of different types with the same name.
type memoKey[T any] struct{ name string }

// ids returns the ids of a kind, sorted. The slice is shared: callers must not modify it.
func (b *contents) ids(kind string) []string {
	ids, _ := memo(b, "ids "+kind, func() (ids []string, err error) {
		for key := range b.raw {
			if id, is := idOf(kind, key); is {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		return ids, nil
	})
	return ids
}

// decodedText is a record's value with the text that it was decoded from.
type decodedText[T any] struct {
	text  string
	value T
}

// Peek is Get that decodes each text only once per process. What the value points to is shared and must not be modified.
func Peek[T any](r Set, kind, id string) (T, error) {
	key := memoKey[T]{Key(kind, id)}
	if known, ok := r.book.decoded.Load(key); ok {
		if one, is := known.(decodedText[T]); is && one.text == r.Text(key.name) {
			return one.value, nil
		}
	}
	one := decodedText[T]{text: r.Text(key.name)}
	if err := r.Get(kind, id, &one.value); err != nil {
		return one.value, err
	}
	r.book.decoded.Store(key, one)
	return one.value, nil
}
