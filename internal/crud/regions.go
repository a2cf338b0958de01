package crud

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Regions holds the vCenters of a provider with blocks `region`, in the order of the blocks. The first is that of objects that name none.
// Making one calls no vCenter: a region that nothing uses is never asked.
type Regions struct {
	list []NamedRegion
	seen sightings
}

// NamedRegion is one vCenter of several: its name, and the clients that the provider configured for it.
type NamedRegion struct {
	Name    string
	Clients Clients
}

// NewRegions returns the regions of a provider, at least one.
func NewRegions(list []NamedRegion) *Regions { return &Regions{list: list} }

// named returns the region with a name; nil: there is none.
func (r *Regions) named(name string) *NamedRegion {
	if i := slices.IndexFunc(r.list, func(one NamedRegion) bool { return one.Name == name }); i >= 0 && name != "" {
		return &r.list[i]
	}
	return nil
}

// names returns the names of all regions, for errors.
func (r *Regions) names() string {
	names := make([]string, len(r.list))
	for i, one := range r.list {
		names[i] = one.Name
	}
	return strings.Join(names, ", ")
}

// choose returns the region that a configuration names: the first where it names none.
func (r *Regions) choose(name string) (*NamedRegion, error) {
	if name == "" {
		return &r.list[0], nil
	}
	if one := r.named(name); one != nil {
		return one, nil
	}
	return nil, openstack.AttributeErrorf("region", "the provider has no region %q: write one of its blocks `region` (%s), or add a block "+
		"with that name", name, r.names())
}

// In returns the clients of the region that a block names, for Pick. Where the provider has one vCenter these are all of its clients, and
// the name is without effect. A name that is only known after apply has none.
func In(data any, region types.String) (chosen any, err error) {
	regions, several := data.(*Regions)
	switch {
	case !several:
		return data, nil
	case region.IsUnknown():
		return nil, nil
	}
	one, err := regions.choose(region.ValueString())
	if err != nil {
		return nil, err
	}
	return one.Clients, nil
}

// InBlock is In for the block of a data source or an action. It also refuses a block that names an object of another region.
func InBlock(data any, block tftypes.Value) (chosen any, err error) {
	regions, several := data.(*Regions)
	if !several {
		return data, nil
	}
	name, known := regionOf(block)
	if !known {
		return nil, nil
	}
	one, err := regions.choose(name)
	if err != nil {
		return nil, err
	}
	return one.Clients, regions.stranger(one.Name, block)
}

// regionOf returns the attribute `region` of a block or a state, and whether it is known.
func regionOf(block tftypes.Value) (name string, known bool) {
	var values map[string]tftypes.Value
	if block.IsNull() || !block.IsKnown() || block.As(&values) != nil {
		return "", block.IsKnown()
	}
	value, has := values["region"]
	if !has || !value.IsKnown() {
		return "", !has
	}
	_ = value.As(&name) // null: ""
	return name, true
}

// sighted records that a region has what a data source has found.
func sighted(data, chosen any, found tftypes.Value) {
	if regions, several := data.(*Regions); several {
		home, _ := Pick[Home](chosen)
		regions.seen.note(regionName(home), found)
	}
}

// inRegion is the home of a region: a state's identity names the region.
type inRegion struct {
	server
	name string
}

type server = Home // embedded under a name that none of its methods has

// InRegion returns the Home of a region, to be the first of its clients.
func InRegion(name string, home Home) Home { return inRegion{home, name} }

// regionName returns the name of the region that a home is in; empty where the provider has one vCenter.
func regionName(home Home) string {
	if in, is := home.(inRegion); is {
		return in.name
	}
	return ""
}

// home returns the Home among the clients of a region; nil: there is none.
func (r *NamedRegion) home() Home {
	home, _ := Pick[Home](r.Clients)
	return home
}

// address returns the address of a region's vCenter.
func (r *NamedRegion) address() string {
	if home := r.home(); home != nil {
		return home.Address()
	}
	return r.Name
}

// at reports whether a region's vCenter has a UUID, or is in the place of the one that had it.
func (r *NamedRegion) at(ctx context.Context, uuid string) (bool, error) {
	home := r.home()
	if home == nil {
		return false, nil
	}
	now, err := home.Home(ctx)
	return err == nil && (now == uuid || home.Former() == uuid), err
}

// same reports whether two regions make their objects at the same place: in one datacenter of one vCenter.
func (r *NamedRegion) same(ctx context.Context, other *NamedRegion) (bool, error) {
	if r.Name == other.Name {
		return true, nil
	}
	one, two := r.home(), other.home()
	if one == nil || two == nil {
		return one == two, nil
	}
	for _, fact := range []func(Home) (string, error){
		func(h Home) (string, error) { return h.Home(ctx) }, func(h Home) (string, error) { return h.Datacenter(ctx) }} {
		a, err := fact(one)
		if err != nil {
			return false, err
		}
		b, err := fact(two)
		if err != nil || a != b {
			return false, err
		}
	}
	return true, nil
}
