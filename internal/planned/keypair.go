package planned

// KeyPairs holds the key pairs that are planned. Their names are their ids.
type KeyPairs struct {
	*Set[string]
	Names
}

func newKeyPairs() *KeyPairs { return &KeyPairs{Set: byNameAlone()} }

// byNameAlone is a set of objects of which nothing but the name matters, and which are known by it.
func byNameAlone() *Set[string] {
	return NewSet(Kind[string]{
		ID:   func(name string) string { return name },
		Keys: func(name string) []string { return []string{name} },
	})
}
