// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// KeyPairData finds a key pair by its name.
var KeyPairData = crud.DataSource[*vcenter.Client, keyPairDataModel]{Name: "compute_keypair", Schema: keyPairDataSchema,
	Read: readKeyPairData}

func keyPairDataSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Finds a key pair by its name, in the datacenter's catalogue or in OpenStack.",
		Attributes: crud.Sourced(map[string]schema.Attribute{
			"id":          schema.StringAttribute{MarkdownDescription: "The key pair's name.", Computed: true},
			"name":        schema.StringAttribute{MarkdownDescription: "The key pair's name.", Required: true},
			"public_key":  schema.StringAttribute{MarkdownDescription: "The public key in authorized_keys form.", Computed: true},
			"fingerprint": schema.StringAttribute{MarkdownDescription: "The key's MD5 fingerprint, as Nova shows it.", Computed: true},
			"region":      crud.DataRegion(),
			"user_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a key pair is everybody's who uses the " +
				"datacenter's catalogue.", Optional: true},
		}),
	}
}

type keyPairDataModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	PublicKey   types.String `tfsdk:"public_key"`
	Fingerprint types.String `tfsdk:"fingerprint"`
	Region      types.String `tfsdk:"region"`
	UserID      types.String `tfsdk:"user_id"`
	Source      types.String `tfsdk:"source"`
	FoundIn     types.String `tfsdk:"found_in"`
}

func readKeyPairData(ctx context.Context, client *vcenter.Client, m keyPairDataModel) (keyPairDataModel, error) {
	k, in, err := client.KeyPairs.Find(ctx, m.Source.ValueString(), m.Name.ValueString())
	m.ID, m.Name, m.PublicKey, m.Fingerprint = types.StringValue(k.Name), types.StringValue(k.Name), types.StringValue(k.PublicKey),
		types.StringValue(k.Fingerprint)
	m.FoundIn = types.StringValue(in)
	return m, err
}
