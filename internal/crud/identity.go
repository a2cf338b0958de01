// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
)

// IdentitySchema is the identity of every resource (Terraform 1.12): what is to be known of an object to import it. The id alone is enough;
// the rest says where it is, and is compared where an import names it. It names nothing that people rename.
func IdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The object's id, or what else its import accepts."},
		"vcenter": identityschema.StringAttribute{OptionalForImport: true, Description: "The vCenter's instance UUID. An import from another " +
			"vCenter is refused."},
		"region": identityschema.StringAttribute{OptionalForImport: true, Description: "The region of the provider block that the vCenter is."},
		"datacenter": identityschema.StringAttribute{OptionalForImport: true, Description: "The datacenter's managed object id, for example " +
			"datacenter-2. An import into another datacenter is refused."},
	}}
}

// IdentityType is the type of IdentitySchema.
var IdentityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "vcenter": tftypes.String,
	"region": tftypes.String, "datacenter": tftypes.String}}

// IdentitySchema returns the schema of the resource's identity.
func (b *bound[C, M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = IdentitySchema()
}

// identify gives an object in the state its identity. What the vCenter can't be asked for stays as it was: the call itself reports that.
func identify(ctx context.Context, home Home, state tfsdk.State, identity *tfsdk.ResourceIdentity) {
	var is map[string]tftypes.Value
	if identity == nil || state.Raw.IsNull() || state.Raw.As(&is) != nil {
		return
	}
	parts := identityParts(identity.Raw)
	parts["id"] = is["id"]
	identity.Raw = located(ctx, home, parts)
}

// identityOf returns the identity of an object by its id alone, as identify makes it.
func identityOf(ctx context.Context, home Home, id string) tftypes.Value {
	parts := identityParts(tftypes.NewValue(IdentityType, nil))
	parts["id"] = textOrNull(id)
	return located(ctx, home, parts)
}

// located adds to an identity where its object is.
func located(ctx context.Context, home Home, parts map[string]tftypes.Value) tftypes.Value {
	if home != nil {
		if name := region.NameOf(home); name != "" {
			parts["region"] = textOrNull(name)
		}
		if uuid, err := home.Home(ctx); err == nil {
			parts["vcenter"] = textOrNull(uuid)
		}
		if datacenter, err := home.Datacenter(ctx); err == nil {
			parts["datacenter"] = textOrNull(datacenter)
		}
	}
	return tftypes.NewValue(IdentityType, parts)
}

// identityParts returns the attributes of an identity, null ones for none.
func identityParts(identity tftypes.Value) map[string]tftypes.Value {
	parts := map[string]tftypes.Value{}
	if identity.IsNull() || identity.As(&parts) != nil {
		parts = map[string]tftypes.Value{}
	}
	out := make(map[string]tftypes.Value, len(IdentityType.AttributeTypes))
	for name := range IdentityType.AttributeTypes {
		if out[name] = textOrNull(""); parts[name].IsKnown() && !parts[name].IsNull() {
			out[name] = parts[name]
		}
	}
	return out
}

func textOrNull(text string) tftypes.Value {
	if text == "" {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return tftypes.NewValue(tftypes.String, text)
}

// identityText returns an attribute of an identity, or "".
func identityText(identity *tfsdk.ResourceIdentity, name string) (text string) {
	if identity != nil {
		_ = identityParts(identity.Raw)[name].As(&text) // null: ""
	}
	return text
}

// wanted returns the id that an import names, by text or by identity. It refuses an identity of another vCenter or datacenter than the
// provider's, since ids of one mean something else in another.
func (b *bound[C, M]) wanted(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (id string) {
	if req.ID != "" || req.Identity == nil {
		return req.ID
	}
	id = strings.TrimSpace(identityText(req.Identity, "id"))
	if id == "" {
		diags.AddError(b.cannot("import"), "identity: its id is empty: write the id of what is to be imported, as in identity = { id = "+
			"\"...\" }.")
		return ""
	}
	vcenter, datacenter := strings.ToLower(identityText(req.Identity, "vcenter")), identityText(req.Identity, "datacenter")
	if b.home == nil || vcenter == "" && datacenter == "" {
		return id
	}
	uuid, err := b.home.Home(ctx)
	if err != nil {
		Report(diags, "Cannot reach the vCenter"+region.Clause(b.home), err)
		return ""
	}
	if former := b.home.Former(); vcenter != "" && vcenter == former && former != uuid {
		return id // its datacenter had another managed object id as well
	}
	if uuid != "" && vcenter != "" && vcenter != uuid {
		diags.AddError("This is another vCenter than the identity's", fmt.Sprintf("identity.vcenter: %s has its id in the vCenter whose "+
			"instance UUID is %s, and the one at %s is %s: nothing was imported. Where this vCenter is in that one's place, say so in the provider "+
			"block with previous_instance_uuid = %q.", id, vcenter, b.home.Address(), uuid, vcenter))
		return ""
	}
	return b.wantedIn(ctx, id, datacenter, diags)
}

// wantedIn returns the id of an identity that names the provider's datacenter, or none.
func (b *bound[C, M]) wantedIn(ctx context.Context, id, datacenter string, diags *diag.Diagnostics) string {
	if datacenter == "" {
		return id
	}
	here, err := b.home.Datacenter(ctx)
	if err != nil {
		Report(diags, "Cannot find the datacenter"+region.Clause(b.home), err)
		return ""
	}
	if here != datacenter {
		diags.AddError("This is another datacenter than the identity's", fmt.Sprintf("identity.datacenter: %s is in %s, and the provider's "+
			"datacenter is %s: nothing was imported. Import it with a provider block whose datacenter is that one.", id, datacenter, here))
		return ""
	}
	return id
}
