package records

import (
	"slices"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// contents is what a holder VM kept when it was last read. It never changes, so that all who look share it, and with it what was found out
// about it once: a plan of a thousand instances looks at a thousand records a thousand times.
type contents struct {
	raw     map[string]string
	memos   sync.Map  // a *lookup of each thing that was found out, by its name
	decoded *sync.Map // records that this process has decoded, by key and type, whichever book they were in
}

func newContents(raw map[string]string) *contents { return &contents{raw: raw, decoded: &sync.Map{}} }

// memo finds something out about a book once.
func memo[T any](b *contents, name string, find func() (T, error)) (T, error) {
	fresh := &wire.Lookup[T]{}
	found, _ := b.memos.LoadOrStore(memoKey[T]{name}, fresh)
	known, _ := found.(*wire.Lookup[T])
	return known.Get(find)
}

// Memo finds something out about records once, whoever asks.
func Memo[T any](r Set, name string, find func() (T, error)) (T, error) {
	return memo(r.book, name, find)
}

// memoKey keeps apart what has one name and several types.
type memoKey[T any] struct{ name string }

// ids are those of a kind, sorted. They are shared.
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

// decodedText is a record's value, and the text that it was decoded from.
type decodedText[T any] struct {
	text  string
	value T
}

// Peek is Get that decodes each text once in the life of a process. Whatever the value points to is shared, and not to be changed.
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
