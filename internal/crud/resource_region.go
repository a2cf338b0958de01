// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// regionKey is the key in private state for the region that an object is in where the attribute `region` does not say it: it names none, or
// what it says came from OpenStack.
const regionKey = "region"

// keptRegion returns the region that private state names, or "".
func keptRegion(ctx context.Context, private Private) (name string) {
	if raw, _ := private.GetKey(ctx, regionKey); len(raw) > 0 {
		_ = json.Unmarshal(raw, &name) // a text that we wrote, or nothing
	}
	return name
}

// in returns the resource with the clients of a region.
func (b *bound[C, M]) in(one *region.Region) *bound[C, M] {
	out := *b
	out.data, out.home = one.Clients, one.Home()
	return &out
}

// nowhere returns the resource without clients.
func (b *bound[C, M]) nowhere() *bound[C, M] {
	out := *b
	out.data, out.home = nil, nil
	return &out
}

// where returns the resource at the region that a state is in: the one that private state names, else the one that the state names. Where
// neither is a region of the provider, because the region has another name now or the text was without effect, it is the one whose vCenter
// the state was made with, and for a state of no vCenter the first.
func (b *bound[C, M]) where(ctx context.Context, state tftypes.Value, private Private, diags *diag.Diagnostics) *bound[C, M] {
	if b.regions == nil {
		return b
	}
	text, _ := region.Of(state)
	for _, name := range []string{keptRegion(ctx, private), text} {
		if one := b.regions.Named(name); one != nil {
			return b.in(one)
		}
	}
	home := homeOf(ctx, private)
	if home == "" {
		return b.in(b.regions.First())
	}
	one, err := b.regions.Holder(ctx, home)
	switch {
	case one != nil:
		return b.in(one)
	case err != nil:
		Report(diags, "Cannot reach the vCenter", err)
	default:
		diags.AddAttributeError(path.Root("region"), "The provider has no region with this object", fmt.Sprintf("region: the state says %q, "+
			"and was made with the vCenter whose instance UUID is %s, which none of the provider's regions is (%s): nothing was changed. Write "+
			"the block `region` of that vCenter again, under any name, until what is there is destroyed or taken out of the state (terraform "+
			"state rm).", text, home, b.regions.Names()))
	}
	return b.nowhere()
}

// toCreate returns the resource at the region that an object is to be made in.
func (b *bound[C, M]) toCreate(req resource.CreateRequest, diags *diag.Diagnostics) *bound[C, M] {
	if b.regions == nil {
		return b
	}
	name, _ := region.Of(req.Plan.Raw)
	one, err := b.regions.Choose(name)
	if err == nil {
		err = b.regions.Stranger(one.Name, req.Config.Raw)
	}
	if Report(diags, b.cannot("create"), err); err != nil {
		return b.nowhere()
	}
	return b.in(one)
}

// toUpdate returns the resource at the region of an object to change: by its new name, if it has one.
func (b *bound[C, M]) toUpdate(ctx context.Context, req resource.UpdateRequest, diags *diag.Diagnostics) *bound[C, M] {
	if b.regions == nil {
		return b
	}
	if name, _ := region.Of(req.Plan.Raw); b.regions.Named(name) != nil {
		return b.in(b.regions.Named(name))
	}
	return b.where(ctx, req.State.Raw, req.Private, diags)
}

// toImport returns the resource at the region that an import names: by the identity's region or vCenter, or by an id that begins with the
// name of a region and a slash, which it takes off. It is the first region where nothing names one.
func (b *bound[C, M]) toImport(ctx context.Context, req *resource.ImportStateRequest, diags *diag.Diagnostics) *bound[C, M] {
	if b.regions == nil {
		return b
	}
	if req.ID != "" || req.Identity == nil {
		before, id, _ := strings.Cut(req.ID, "/")
		if one := b.regions.Named(before); one != nil && id != "" {
			req.ID = id
			return b.in(one)
		}
		return b.in(b.regions.First())
	}
	name, vcenter := identityText(req.Identity, "region"), strings.ToLower(identityText(req.Identity, "vcenter"))
	if one := b.regions.Named(name); one != nil {
		return b.in(one)
	}
	if vcenter != "" {
		if one, _ := b.regions.Holder(ctx, vcenter); one != nil {
			return b.in(one)
		}
	}
	if name != "" {
		diags.AddError(b.cannot("import"), fmt.Sprintf("identity.region: the provider has no region %q: write one of its blocks `region` (%s), "+
			"or add a block with that name.", name, b.regions.Names()))
		return b.nowhere()
	}
	return b.in(b.regions.First())
}

// toFind returns the list at the region that its block names.
func (b *boundList[C, M, F]) toFind(block tftypes.Value) (*boundList[C, M, F], error) {
	if b.of.regions == nil {
		return b, nil
	}
	name, known := region.Of(block)
	if !known {
		return &boundList[C, M, F]{is: b.is, of: b.of.nowhere()}, nil
	}
	one, err := b.of.regions.Choose(name)
	if err != nil {
		return b, err
	}
	return &boundList[C, M, F]{is: b.is, of: b.of.in(one)}, b.of.regions.Stranger(one.Name, block)
}

// toPlan returns the resource at the region that a plan is for. arrives reports that the planned object replaces one of another vCenter.
// ok is false where there is nothing more to plan: after an error, and for an object that leaves its region, which Terraform plans once
// more, as a new one.
func (b *bound[C, M]) toPlan(ctx context.Context, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse) (to *bound[C, M], arrives, ok bool) {
	diags := &resp.Diagnostics
	switch {
	case b.regions == nil:
		return b, false, true
	case req.Plan.Raw.IsNull():
		to = b.where(ctx, req.State.Raw, req.Private, diags)
		return to, false, !diags.HasError()
	case !req.State.Raw.IsNull():
		to, ok = b.toKeep(ctx, req, resp)
		return to, to != nil && b.origin(ctx, req.Private) != nil, ok
	}
	name, known := region.Of(req.Config.Raw)
	if !known {
		return b.nowhere(), true, true
	}
	one, err := b.regions.Choose(name)
	if err == nil {
		err = b.regions.Stranger(one.Name, req.Config.Raw)
	}
	if Report(diags, b.cannot("plan"), err); err != nil {
		return nil, false, false
	}
	was := homeOf(ctx, req.Private)
	if was == "" {
		return b.in(one), false, true
	}
	here, err := one.At(ctx, was)
	Report(diags, "Cannot reach the vCenter"+region.Clause(one.Home()), err)
	return b.in(one), !here, err == nil
}

// toKeep returns the resource at the region of an object that exists, or plans its replacement where the configuration names a region of
// another vCenter or datacenter. A state that was moved and is recorded nowhere yet goes where its configuration says.
func (b *bound[C, M]) toKeep(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (*bound[C, M], bool) {
	diags := &resp.Diagnostics
	from := b.where(ctx, req.State.Raw, req.Private, diags)
	if diags.HasError() {
		return nil, false
	}
	was := b.regions.Named(region.NameOf(from.home))
	b.regions.Note(was.Name, req.State.Raw)
	name, known := region.Of(req.Config.Raw)
	to, err := was, error(nil)
	switch {
	case !known:
		err = openstack.AttributeErrorf("region", "it is only known after apply, and what exists in the region %s cannot be planned without it: "+
			"write the name of a region, or apply what it comes from first (terraform apply -target=...)", was.Name)
	case name != "":
		to, err = b.regions.Choose(name)
	}
	if Report(diags, b.cannot("plan"), err); err != nil {
		return nil, false
	}
	same, err := was.Same(ctx, to)
	if Report(diags, "Cannot reach the vCenter", err); err != nil {
		return nil, false
	}
	if same || b.origin(ctx, req.Private) != nil {
		err = b.regions.Stranger(to.Name, req.Config.Raw)
		Report(diags, b.cannot("plan"), err)
		return b.in(to), err == nil
	}
	if AtHome(ctx, from.home, req.Private, diags) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("region"))
		from.planDelete(ctx, req, resp)
	}
	return nil, false
}

// settle records where a state is from now on: its vCenter, and its region where the state's attribute does not say it.
func (b *bound[C, M]) settle(ctx context.Context, state tfsdk.State, private Private) diag.Diagnostics {
	diags := Settle(ctx, b.home, private)
	name := region.NameOf(b.home)
	if name == "" {
		return diags
	}
	b.regions.Note(name, state.Raw)
	text, _ := region.Of(state.Raw)
	was := keptRegion(ctx, private)
	switch {
	case text == name && was != "":
		diags.Append(private.SetKey(context.WithoutCancel(ctx), regionKey, nil)...)
	case text != name && was != name:
		raw, _ := json.Marshal(name) // a text
		diags.Append(private.SetKey(context.WithoutCancel(ctx), regionKey, raw)...)
	}
	return diags
}

// name writes the region into an imported state.
func (b *bound[C, M]) name(state *tfsdk.State) {
	name := region.NameOf(b.home)
	var values map[string]tftypes.Value
	if name == "" || state.Raw.IsNull() || state.Raw.As(&values) != nil {
		return
	}
	values = maps.Clone(values) // As returns the value's own map
	values["region"] = tftypes.NewValue(tftypes.String, name)
	state.Raw = tftypes.NewValue(state.Raw.Type(), values)
}

// rename writes the region into a state whose text has become the name of another one: it came from OpenStack, and was without effect.
func (b *bound[C, M]) rename(state *tfsdk.State) {
	if name := region.NameOf(b.home); name != "" {
		if text, _ := region.Of(state.Raw); text != name && b.regions.Named(text) != nil {
			b.name(state)
		}
	}
}
