// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Aggregate is a planned aggregate.
type Aggregate struct {
	openstack.Aggregate
	OpenHosts bool // its hosts are only known after apply
}

// Aggregates holds the planned aggregates, by name.
type Aggregates struct {
	*Set[Aggregate]
	Names
}

func newAggregates() *Aggregates {
	return &Aggregates{Set: NewSet(Kind[Aggregate]{
		ID:   func(a Aggregate) string { return a.Name },
		Keys: func(a Aggregate) []string { return []string{a.Name} },
	})}
}

// Become returns the aggregates as they will be: the planned ones, and the existing ones that no planned aggregate replaces by id or
// name.
func (s *Aggregates) Become(there []openstack.Aggregate) (out []Aggregate) {
	coming := s.All()
	for _, a := range there {
		if !slices.ContainsFunc(coming, func(p Aggregate) bool { return p.ID == a.ID || p.Name == a.Name }) {
			out = append(out, Aggregate{Aggregate: a})
		}
	}
	return append(out, coming...)
}
