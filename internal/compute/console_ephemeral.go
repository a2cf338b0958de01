// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// NewConsole returns the console in the framework's form. It is ephemeral, so that its ticket is in no plan and no state.
func NewConsole() ephemeral.EphemeralResource { return &console{} }

type console struct{ data any }

var _ ephemeral.EphemeralResourceWithConfigure = &console{}

// Metadata sets the name of the console.
func (c *console) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_compute_console"
}

// Schema returns the console's schema.
func (c *console) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	secret := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true, Sensitive: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A ticket for the console of a running instance: its screen and keyboard. Every run of Terraform gets another " +
			"one, and it is never in a plan or state. A ticket is made to be used at once; who has it needs nothing else.",
		Attributes: map[string]schema.Attribute{
			"instance_id": schema.StringAttribute{MarkdownDescription: "The id of the instance, which must be running.", Required: true},
			"region":      schema.StringAttribute{MarkdownDescription: crud.RegionText, Optional: true},
			"type": schema.StringAttribute{MarkdownDescription: "`webmks` (a web socket, for browsers and the WebMKS SDK) or `mks` (for VMware " +
				"Remote Console). Unset: `webmks`.", Optional: true, Computed: true,
				Validators: []validator.String{stringvalidator.OneOf("", servers.ConsoleWebMKS, servers.ConsoleMKS)}},
			"ticket": secret("The ticket, which is user name and password at once."),
			"host":   schema.StringAttribute{MarkdownDescription: "The ESX host that the ticket is for.", Computed: true},
			"port":   schema.Int64Attribute{MarkdownDescription: "The host's port.", Computed: true},
			"ssl_thumbprint": schema.StringAttribute{MarkdownDescription: "The SHA-1 thumbprint of the host's certificate. Empty where the " +
				"vCenter gives none.", Computed: true},
			"url": secret("The web socket's address (`wss://`), which holds the ticket. Empty for `mks`."),
		},
	}
}

// Configure takes the clients to choose from, which are absent while the provider's configuration is unknown.
func (c *console) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	c.data = req.ProviderData
}

type consoleModel struct {
	InstanceID    types.String `tfsdk:"instance_id"`
	Region        types.String `tfsdk:"region"`
	Type          types.String `tfsdk:"type"`
	Ticket        types.String `tfsdk:"ticket"`
	Host          types.String `tfsdk:"host"`
	Port          types.Int64  `tfsdk:"port"`
	SSLThumbprint types.String `tfsdk:"ssl_thumbprint"`
	URL           types.String `tfsdk:"url"`
}

// Open requests a ticket.
func (c *console) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m consoleModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	data, err := crud.In(c.data, req.Config.Raw)
	client, configured := crud.Pick[*vcenter.Client](data)
	if crud.Report(&resp.Diagnostics, "Cannot open compute console", err); err == nil && !configured {
		crud.Unconfigured(&resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if m.Type.IsNull() {
		m.Type = types.StringValue(servers.ConsoleWebMKS)
	}
	kind := m.Type.ValueString()
	if kind == "" { // written, and still unset
		kind = servers.ConsoleWebMKS
	}
	opened, err := client.Servers.Console(ctx, m.InstanceID.ValueString(), kind)
	if err != nil {
		crud.Report(&resp.Diagnostics, "Cannot open compute console", atInstance(err))
		return
	}
	m.Ticket, m.Host, m.Port = types.StringValue(opened.Ticket), types.StringValue(opened.Host), types.Int64Value(opened.Port)
	m.SSLThumbprint, m.URL = types.StringValue(opened.Thumbprint), types.StringValue(opened.URL)
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}

// atInstance moves a not-found error to instance_id.
func atInstance(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("instance_id", "%w", err)
	}
	return err
}
