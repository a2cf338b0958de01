// SPDX-License-Identifier: MPL-2.0

// Package region chooses among the vCenters of a provider with blocks `region`: by name, by what a state remembers, and for an object that
// was seen in another one.
package region

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// List holds the vCenters of a provider with blocks `region`, in the order of the blocks. The first is that of objects that name none.
// Making one calls no vCenter: a region that nothing uses is never asked.
type List struct {
	all  []Region
	seen sightings
}

// Region is one vCenter of several: its name, and the clients that the provider configured for it.
type Region struct {
	Name    string
	Clients Clients
}

// New returns the regions of a provider, at least one.
func New(all []Region) *List { return &List{all: all} }

// Named returns the region with a name; nil: there is none.
func (r *List) Named(name string) *Region {
	if i := slices.IndexFunc(r.all, func(one Region) bool { return one.Name == name }); i >= 0 && name != "" {
		return &r.all[i]
	}
	return nil
}

// Names returns the names of all regions, for errors.
func (r *List) Names() string {
	names := make([]string, len(r.all))
	for i, one := range r.all {
		names[i] = one.Name
	}
	return strings.Join(names, ", ")
}

// First returns the region of objects that name none.
func (r *List) First() *Region { return &r.all[0] }

// Choose returns the region that a configuration names: the first where it names none.
func (r *List) Choose(name string) (*Region, error) {
	if name == "" {
		return r.First(), nil
	}
	if one := r.Named(name); one != nil {
		return one, nil
	}
	return nil, openstack.AttributeErrorf("region", "the provider has no region %q: write one of its blocks `region` (%s), or add a block "+
		"with that name", name, r.Names())
}

// Of returns the attribute `region` of a block or a state, and whether it is known.
func Of(block tftypes.Value) (name string, known bool) {
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

// Home returns the Home among the clients of a region; nil: there is none.
func (r *Region) Home() Home {
	home, _ := Pick[Home](r.Clients)
	return home
}

// address returns the address of a region's vCenter.
func (r *Region) address() string {
	if home := r.Home(); home != nil {
		return home.Address()
	}
	return r.Name
}

// At reports whether a region's vCenter has a UUID, or is in the place of the one that had it.
func (r *Region) At(ctx context.Context, uuid string) (bool, error) {
	home := r.Home()
	if home == nil {
		return false, nil
	}
	now, err := home.Home(ctx)
	return err == nil && (now == uuid || home.Former() == uuid), err
}

// Same reports whether two regions make their objects at the same place: in one datacenter of one vCenter.
func (r *Region) Same(ctx context.Context, other *Region) (bool, error) {
	if r.Name == other.Name {
		return true, nil
	}
	one, two := r.Home(), other.Home()
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

// Holder returns the region whose vCenter has a UUID; nil: none that could be asked has.
func (r *List) Holder(ctx context.Context, uuid string) (*Region, error) {
	var failed []error
	for i := range r.all {
		is, err := r.all[i].At(ctx, uuid)
		if is {
			return &r.all[i], nil
		}
		failed = append(failed, err)
	}
	return nil, errors.Join(failed...)
}
