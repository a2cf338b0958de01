package planned

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Aggregate is an aggregate as a plan has it.
type Aggregate struct {
	openstack.Aggregate
	OpenHosts bool // its hosts are only known after apply
}

// Aggregates holds the aggregates that are planned, known by their names.
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

// Become are the aggregates that are there as they will be: those that are planned, by their names, take the place of what they are now.
func (s *Aggregates) Become(there []openstack.Aggregate) (out []Aggregate) {
	coming := s.All()
	for _, a := range there {
		if !slices.ContainsFunc(coming, func(p Aggregate) bool { return p.ID == a.ID || p.Name == a.Name }) {
			out = append(out, Aggregate{Aggregate: a})
		}
	}
	return append(out, coming...)
}
