// SPDX-License-Identifier: MPL-2.0

package planned

// KeyPairs holds the planned key pairs. Their names are their ids.
type KeyPairs struct {
	*Set[string]
	Names
}

func newKeyPairs() *KeyPairs { return &KeyPairs{Set: byNameAlone()} }

// byNameAlone returns a set of objects that are known by their name, of which nothing else is needed.
func byNameAlone() *Set[string] {
	return NewSet(Kind[string]{
		ID:   func(name string) string { return name },
		Keys: func(name string) []string { return []string{name} },
	})
}
