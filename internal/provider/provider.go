// SPDX-License-Identifier: MPL-2.0

// Package provider reads the provider's configuration and lists its resources, data sources, ephemeral resources, actions,
// functions and lists.
package provider

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/blockstorage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/cloud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/actions"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/functions"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/images"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/networking"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/unsupported"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Novasphere is the provider.
type Novasphere struct {
	version string

	mu     sync.Mutex
	opened []connection // each must be logged out before the process ends
}

// connection is what one configuration speaks to.
type connection struct {
	client *vcenter.Client
	nsx    *mixed.Backend // nil: the configuration has no block nsx
	hidden []string       // secrets of the block nsx
}

// close logs out of both.
func (c connection) close(ctx context.Context) error {
	if c.nsx == nil {
		return c.client.Close(ctx)
	}
	return errors.Join(c.nsx.Close(ctx), c.client.Close(ctx))
}

var (
	_ provider.ProviderWithValidateConfig     = &Novasphere{}
	_ provider.ProviderWithEphemeralResources = &Novasphere{}
	_ provider.ProviderWithFunctions          = &Novasphere{}
	_ provider.ProviderWithActions            = &Novasphere{}
	_ provider.ProviderWithListResources      = &Novasphere{}
)

// New returns the provider. The caller that serves it must close it.
func New(version string) *Novasphere { return &Novasphere{version: version} }

// Metadata sets the name of the provider.
func (p *Novasphere) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "novasphere", p.version
}

// Schema returns the schema of the provider block.
func (p *Novasphere) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = configSchema()
}

// ValidateConfig refuses what is wrong whatever the unknown values become.
func (p *Novasphere) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var m blockModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); !resp.Diagnostics.HasError() {
		crud.Report(&resp.Diagnostics, "Wrong provider configuration", m.check())
	}
}

// Configure makes the clients. It calls no vCenter: the first call that needs a session opens it. While a value is unknown there are no
// clients: Terraform is asked to defer everything where it can, and plans of new objects work where it cannot.
func (p *Novasphere) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m blockModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if m.unknown() {
		if req.ClientCapabilities.DeferralAllowed { // the framework refuses the answer otherwise
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
		return
	}
	all, to, err := m.connect(p.version, req.TerraformVersion, &resp.Diagnostics)
	crud.Report(&resp.Diagnostics, "Wrong provider configuration", err)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.opened = append(p.opened, to...)
	p.mu.Unlock()
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ActionData = all, all, all, all
	resp.ListResourceData = all
}

// connection makes the clients of a vCenter, without calling it.
func (m configModel) connection(cfg vcenter.Config, said *diag.Diagnostics) (connection, error) {
	if cfg.Insecure {
		said.AddWarning("The vCenter's certificate is not verified",
			"allow_unverified_ssl is true: whoever stands between here and "+cfg.Server+
				" can read the password. Set ca_file to the authority that signed the certificate instead.")
	}
	if c, written := cfg.Cloud.(*cloud.Client); written && c.Insecure() {
		said.AddWarning("The OpenStack cloud's certificates are not verified",
			"insecure is true in the block openstack, or verify is false in clouds.yaml: whoever stands between here and "+c.Name()+
				" can read the password. Set cacert_file to the authority that signed the certificates instead.")
	}
	cfg.Planned = planned.New()
	to := connection{client: vcenter.New(cfg)}
	err := m.join(&to, said)
	return to, err
}

// handed returns the clients from which resources and data sources choose.
func (c connection) handed() crud.Clients {
	var net sdn.Backend
	if net = c.nsx; c.nsx == nil {
		net = dvs.New(c.client)
	}
	return crud.Clients{c.client, net, ports.New(c.client, net), networking.NewNetworkLookup(c.client, net)}
}

// Resources lists the resources.
func (p *Novasphere) Resources(context.Context) []func() resource.Resource {
	return append([]func() resource.Resource{compute.Flavor.New, compute.KeyPair.New, instance.Resource.New, compute.InterfaceAttach.New,
		compute.VolumeAttach.New,
		compute.Node.New, compute.Cluster.New, compute.ServerGroup.New, compute.Aggregate.New,
		networking.Network.New, networking.Subnet.New, networking.SubnetRoute.New, networking.Port.New,
		networking.SecurityGroup.New, networking.SecurityGroupRule.New, networking.PortSecurityGroups.New,
		networking.Router.New, networking.RouterInterface.New, networking.RouterRoute.New, networking.RouterRoutes.New,
		networking.FloatingIP.New, networking.FloatingIPAssociate.New, networking.ServerFloatingIP.New, networking.PortForwarding.New,
		networking.AddressScope.New, networking.SubnetPool.New,
		networking.AddressGroup.New, networking.QoSPolicy.New, networking.BandwidthLimit.New, networking.Trunk.New,
		blockstorage.Volume.New, blockstorage.Snapshot.New,
		images.Image.New}, unsupported.Resources()...)
}

// DataSources lists the data sources.
func (p *Novasphere) DataSources(context.Context) []func() datasource.DataSource {
	return append([]func() datasource.DataSource{
		compute.AvailabilityZonesData.New, compute.FlavorData.New, compute.FlavorsData.New, compute.InstanceData.New, compute.InstancesData.New,
		compute.KeyPairData.New,
		compute.HypervisorData.New, compute.HypervisorsData.New, compute.LimitsData.New, compute.ServicesData.New, compute.ServerGroupData.New,
		compute.AggregateData.New,
		images.ImageData.New, images.ImageIDsData.New, networking.NetworkData.New, networking.NetworksData.New, networking.SubnetData.New,
		networking.SubnetIDsData.New,
		networking.PortData.New, networking.PortsData.New, networking.PortIDsData.New, networking.SecurityGroupData.New,
		networking.RouterData.New, networking.FloatingIPData.New, networking.GatewayIntentData.New, networking.AddressScopeData.New,
		networking.SubnetPoolData.New,
		networking.QoSPolicyData.New, networking.BandwidthLimitData.New, networking.TrunkData.New,
		blockstorage.VolumeData.New, blockstorage.VolumesData.New, blockstorage.SnapshotData.New, blockstorage.VolumeTypeData.New,
		blockstorage.AvailabilityZonesData.New,
	}, unsupported.DataSources()...)
}

// EphemeralResources lists the resources that are never in a state.
func (p *Novasphere) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{compute.NewConsole, compute.NewKeyPair}
}

// Functions lists the functions.
func (p *Novasphere) Functions(context.Context) []func() function.Function { return functions.All() }

// Actions lists what Terraform 1.14 and later can have done beside resources.
func (p *Novasphere) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		actions.Reboot.New, actions.Power.New, actions.LiveMigrate.New, actions.ConsoleLog.New, actions.Evacuate.New,
		actions.Snapshot.New, actions.Rescue.New, actions.Unrescue.New, actions.Shelve.New, actions.Unshelve.New,
		images.Refresh.New,
	}
}

// ListResources lists what `terraform query` of Terraform 1.14 and later finds: objects of each resource that has a list of its own.
func (p *Novasphere) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{instance.List.New, compute.FlavorList.New, compute.KeyPairList.New, compute.ServerGroupList.New,
		compute.AggregateList.New, compute.NodeList.New, compute.ClusterList.New,
		networking.NetworkList.New, networking.SubnetList.New, networking.PortList.New, networking.SecurityGroupList.New,
		networking.SecurityGroupRuleList.New, networking.PortForwardingList.New,
		networking.RouterList.New, networking.FloatingIPList.New, networking.SubnetPoolList.New, networking.AddressScopeList.New,
		networking.QoSPolicyList.New, networking.TrunkList.New, networking.AddressGroupList.New,
		blockstorage.VolumeList.New, blockstorage.SnapshotList.New, images.List.New}
}

// Close logs out of every vCenter, and its NSX, that this provider has used, or only of those with one of the addresses.
func (p *Novasphere) Close(ctx context.Context, servers ...string) error {
	p.mu.Lock()
	var closing, kept []connection
	for _, c := range p.opened {
		if len(servers) == 0 || slices.Contains(servers, c.client.Config.Server) {
			closing = append(closing, c)
		} else {
			kept = append(kept, c)
		}
	}
	p.opened = kept
	p.mu.Unlock()
	failed := make([]error, len(closing))
	var every sync.WaitGroup
	for i, c := range closing {
		every.Go(func() { failed[i] = c.close(ctx) })
	}
	every.Wait()
	return errors.Join(failed...)
}
