// SPDX-License-Identifier: MPL-2.0

package crud

// Told is what documentation is made of beside a resource's schema.
type Told interface {
	MovedFrom() []string  // the types of other providers that a moved block makes this one of
	ChangesInPlace() bool // false: a change that replaces nothing changes the state alone
}

var _ Told = &bound[int, struct{}]{}

// MovedFrom returns the types of the resource's moves, those that are refused with what to do instead among them.
func (b *bound[C, M]) MovedFrom() (types []string) {
	for _, move := range b.is.Moves {
		types = append(types, move.From)
	}
	return types
}

// ChangesInPlace reports whether the resource has an update.
func (b *bound[C, M]) ChangesInPlace() bool { return b.is.Update != nil }
