// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// planNICs matches the network blocks with the present NICs. A block that names the same network keeps its NIC; other NICs are plugged
// and unplugged while the instance stays.
func planNICs(ctx context.Context, in inputs) error {
	if !crud.Known(in.plan.Network) {
		in.plan.AccessIPv4, in.plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
		return nil
	}
	have, written := model.Networks(in.state.Network), model.Networks(in.config.Network)
	match, blocks := matchNICs(ctx, in, have, written), make([]model.Network, len(written))
	changed := len(have) != len(written)
	for i, want := range written {
		if match[i] < 0 {
			blocks[i], changed = unplugged(want), true
			if err := checkOwnAddresses(want, i); err != nil {
				return err
			}
			if _, err := resolve(ctx, in, &blocks[i], want, i); err != nil {
				return err
			}
			continue
		}
		nic := have[match[i]]
		warnAddress(ctx, in, want, nic, i)
		nic.Access = want.Access
		nic.Port, nic.FixedV4, nic.FixedV6 = keepEmpty(want.Port, nic.Port), keepEmpty(want.FixedV4, nic.FixedV4),
			keepEmpty(want.FixedV6, nic.FixedV6)
		if in.private.HomeOf(nic.MAC) != "" {
			changed = true
			nic.UUID, nic.Name = types.StringUnknown(), types.StringUnknown()
			if _, err := resolve(ctx, in, &nic, want, i); err != nil {
				return err
			}
		} else {
			if !unchanged(want.UUID, nic.UUID) { // the state names the segment by a portgroup of it
				nic.UUID = want.UUID
			}
			nic.UUID, nic.Name = crud.Written(want.UUID, nic.UUID.ValueString(), want.UUID.ValueString()), crud.Written(want.Name,
				nic.Name.ValueString(), want.Name.ValueString())
		}
		blocks[i] = nic
	}
	if setNetworks(in.plan, blocks); changed {
		warnUntoldAddresses(ctx, in.state.Name.ValueString(), in.private.Properties)
		in.plan.AccessIPv4, in.plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
	}
	return nil
}

// matchNICs returns for every block the index of its NIC, or -1 for a new one.
func matchNICs(ctx context.Context, in inputs, have, written []model.Network) []int {
	match, taken := make([]int, len(written)), make([]bool, len(have))
	for i := range match {
		match[i] = -1
		for j := range have { // a block with a port means its NIC, in whatever position
			if port := written[i].Port.ValueString(); port != "" && !taken[j] && match[i] < 0 && have[j].Port.ValueString() == port &&
				fits(ctx, in, written[i], have[j]) {
				match[i], taken[j] = j, true
			}
		}
	}
	for i := range match {
		if match[i] < 0 && i < len(have) && !taken[i] && fits(ctx, in, written[i], have[i]) {
			match[i], taken[i] = i, true
		}
	}
	for i := range match {
		for j := range have {
			if match[i] < 0 && !taken[j] && fits(ctx, in, written[i], have[j]) {
				match[i], taken[j] = j, true
			}
		}
	}
	return match
}

// fits reports whether a NIC is on the block's network, or was until it was moved outside of Terraform.
func fits(ctx context.Context, in inputs, want, have model.Network) bool {
	home := in.private.HomeOf(have.MAC)
	if home == "" {
		return (unchanged(want.UUID, have.UUID) || sameSegment(ctx, in, want.UUID, have.UUID)) && unchanged(want.Name, have.Name) &&
			samePlace(in, want, have)
	}
	if !crud.Known(want.UUID, want.Name) || in.client == nil {
		return false
	}
	network, err := in.client.Networks.Network(ctx, want.UUID.ValueString(), want.Name.ValueString())
	return err == nil && network.ID == home && samePlace(in, want, have)
}

// sameSegment reports whether a written id is that of the segment which the state names by one of its portgroups: that was its id while
// this provider took the portgroups of NSX for networks of their own.
func sameSegment(ctx context.Context, in inputs, want, have types.String) bool {
	if !crud.Known(want) || in.client == nil {
		return false
	}
	n, err := in.client.Networks.Network(ctx, want.ValueString(), "")
	return err == nil && n.Kind == openstack.NetworkSegment && n.ID == want.ValueString() && n.Called(have.ValueString())
}

// warnAddress warns of a NIC of a foreign VM whose address differs from the written one: such a guest is not changed.
func warnAddress(ctx context.Context, in inputs, want, have model.Network, i int) {
	for _, address := range []struct{ want, have types.String }{{want.FixedV4, have.FixedV4}, {want.FixedV6, have.FixedV6}} {
		if w, h := address.want.ValueString(), address.have.ValueString(); !in.private.Own && w != "" && h != "" && w != h {
			crud.WarnAt(ctx, path.Root("network"), "The guest has another address",
				fmt.Sprintf("%s: it says %s, and the guest reports %s. Nothing is changed: somebody else made %s, and its guest's addresses are "+
					"its own", model.NICBlock(i), w, h, in.state.Name.ValueString()))
		}
	}
}

// samePlace reports whether a block asks for the port and the addresses that a NIC has. A block without a port never means the NIC of a
// named port.
func samePlace(in inputs, want, have model.Network) bool {
	if want.Port.ValueString() == "" && !want.Port.IsUnknown() && slices.Contains(in.private.Named, have.Port.ValueString()) {
		return false
	}
	if in.state != nil && !in.private.Own { // the guest of a foreign VM may report any address or none, which is no reason to unplug its NIC
		return unchanged(want.Port, have.Port)
	}
	return unchanged(want.Port, have.Port) && unchanged(want.FixedV4, have.FixedV4) && unchanged(want.FixedV6, have.FixedV6)
}

// unchanged reports whether an argument is unset or has the present value.
func unchanged(want, have types.String) bool {
	return want.ValueString() == "" && !want.IsUnknown() || want.Equal(have)
}

// unplugged returns a block whose NIC does not exist yet: values that are left out become unknown.
func unplugged(want model.Network) model.Network {
	open := func(v types.String) types.String {
		if v.IsNull() {
			return types.StringUnknown()
		}
		return v
	}
	return model.Network{UUID: open(want.UUID), Name: open(want.Name), Port: open(want.Port), MAC: types.StringUnknown(),
		FixedV4: open(want.FixedV4), FixedV6: open(want.FixedV6), Access: want.Access}
}

// keepEmpty returns a written empty string, else the present value.
func keepEmpty(want, have types.String) types.String {
	if crud.WrittenEmpty(want) {
		return want
	}
	return have
}
