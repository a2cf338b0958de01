// SPDX-License-Identifier: MPL-2.0

package region

import "github.com/hashicorp/terraform-plugin-go/tftypes"

// Clients holds the clients that the provider configured. A resource takes the first of the type that it works with.
type Clients []any

// Pick returns the client of type C among those that the provider configured. ok is false where there is none, because the provider's
// configuration is not known yet. Where it has regions these are the first's: see In.
func Pick[C any](data any) (client C, ok bool) {
	if regions, several := data.(*List); several {
		data = regions.First().Clients
	}
	all, several := data.(Clients)
	if !several {
		client, ok = data.(C)
		return client, ok
	}
	for _, one := range all {
		if client, ok = one.(C); ok {
			return client, true
		}
	}
	return client, false
}

// In returns the clients of the region that a block names, for Pick. Where the provider has one vCenter these are all of its clients, and
// the name is without effect. A name that is only known after apply has none. A block that names an object of another region is refused.
func In(data any, block tftypes.Value) (chosen any, err error) {
	regions, several := data.(*List)
	if !several {
		return data, nil
	}
	name, known := Of(block)
	if !known {
		return nil, nil
	}
	one, err := regions.Choose(name)
	if err != nil {
		return nil, err
	}
	return one.Clients, regions.Stranger(one.Name, block)
}

// Found records that a region has what a data source has found. chosen is what In returned.
func Found(data, chosen any, found tftypes.Value) {
	if regions, several := data.(*List); several {
		home, _ := Pick[Home](chosen)
		regions.Note(NameOf(home), found)
	}
}
