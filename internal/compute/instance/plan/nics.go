package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// planNICs matches the blocks with the NICs that are there: one that names the same network keeps its NIC, the first in place
// before others. The rest is plugged and unplugged in place.
func (p *planning) planNICs(ctx context.Context) error {
	if !crud.Known(p.plan.Network) {
		p.plan.AccessIPv4, p.plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
		return nil
	}
	have, written := model.Networks(p.state.Network), model.Networks(p.config.Network)
	match, blocks := p.match(ctx, have, written), make([]model.Network, len(written))
	changed := len(have) != len(written)
	for i, want := range written {
		if match[i] < 0 {
			blocks[i], changed = unplugged(want), true
			if err := checkOwnAddresses(want, i); err != nil {
				return err
			}
			if err := p.resolve(ctx, &blocks[i], want, i); err != nil {
				return err
			}
			continue
		}
		nic := have[match[i]]
		p.warnAddress(ctx, want, nic, i)
		nic.Access = want.Access
		nic.Port, nic.FixedV4, nic.FixedV6 = form(want.Port, nic.Port), form(want.FixedV4, nic.FixedV4), form(want.FixedV6, nic.FixedV6)
		if p.private.HomeOf(nic.MAC) != "" {
			changed = true
			nic.UUID, nic.Name = types.StringUnknown(), types.StringUnknown()
			if err := p.resolve(ctx, &nic, want, i); err != nil {
				return err
			}
		} else {
			nic.UUID, nic.Name = crud.Written(want.UUID, nic.UUID.ValueString(), want.UUID.ValueString()), crud.Written(want.Name,
				nic.Name.ValueString(), want.Name.ValueString())
		}
		blocks[i] = nic
	}
	if p.setNetworks(blocks); changed {
		p.warnUntoldAddresses(ctx)
		p.plan.AccessIPv4, p.plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
	}
	return nil
}

// match gives for every block the index of its NIC, or -1 for a new one.
func (p *planning) match(ctx context.Context, have, written []model.Network) []int {
	match, taken := make([]int, len(written)), make([]bool, len(have))
	for i := range match {
		match[i] = -1
		for j := range have { // who names a port means its NIC, wherever that stands
			if port := written[i].Port.ValueString(); port != "" && !taken[j] && match[i] < 0 && have[j].Port.ValueString() == port &&
				p.fits(ctx, written[i], have[j]) {
				match[i], taken[j] = j, true
			}
		}
	}
	for i := range match {
		if match[i] < 0 && i < len(have) && !taken[i] && p.fits(ctx, written[i], have[i]) {
			match[i], taken[i] = i, true
		}
	}
	for i := range match {
		for j := range have {
			if match[i] < 0 && !taken[j] && p.fits(ctx, written[i], have[j]) {
				match[i], taken[j] = j, true
			}
		}
	}
	return match
}

// fits says that a NIC is plugged where the block says, or was until somebody else moved it.
func (p *planning) fits(ctx context.Context, want, have model.Network) bool {
	home := p.private.HomeOf(have.MAC)
	if home == "" {
		return unchanged(want.UUID, have.UUID) && unchanged(want.Name, have.Name) && p.samePlace(want, have)
	}
	if !crud.Known(want.UUID, want.Name) || p.client == nil {
		return false
	}
	network, err := p.client.Networks.Network(ctx, want.UUID.ValueString(), want.Name.ValueString())
	return err == nil && network.ID == home && p.samePlace(want, have)
}

// warnAddress says that a NIC of a machine that somebody else made has another address than is written.
func (p *planning) warnAddress(ctx context.Context, want, have model.Network, i int) {
	for _, address := range []struct{ want, have types.String }{{want.FixedV4, have.FixedV4}, {want.FixedV6, have.FixedV6}} {
		if w, h := address.want.ValueString(), address.have.ValueString(); !p.private.Own && w != "" && h != "" && w != h {
			crud.WarnAt(ctx, path.Root("network"), "The guest has another address",
				fmt.Sprintf("%s: it says %s, and the guest reports %s. Nothing is changed: somebody else made %s, and its guest's addresses are "+
					"its own", model.NicBlock(i), w, h, p.state.Name.ValueString()))
		}
	}
}

// samePlace says that no other port and no other address is asked for. Who names no port does not mean the NIC of one that was named.
func (p *planning) samePlace(want, have model.Network) bool {
	if want.Port.ValueString() == "" && !want.Port.IsUnknown() && slices.Contains(p.private.Named, have.Port.ValueString()) {
		return false
	}
	if p.state != nil && !p.private.Own { // a guest says what it likes, or nothing: no NIC of somebody else's is unplugged for that
		return unchanged(want.Port, have.Port)
	}
	return unchanged(want.Port, have.Port) && unchanged(want.FixedV4, have.FixedV4) && unchanged(want.FixedV6, have.FixedV6)
}

// unchanged says that nothing else was written than what is there.
func unchanged(want, have types.String) bool {
	return want.ValueString() == "" && !want.IsUnknown() || want.Equal(have)
}

// unplugged is a block whose NIC does not exist yet.
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

// form is what is known, or nothing where nothing is what was written.
func form(want, have types.String) types.String {
	if crud.WrittenEmpty(want) {
		return want
	}
	return have
}
