// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/vmware/govmomi/vim25/soap"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// defaultFolder is also where Nova's VMware driver keeps its projects.
const defaultFolder = "OpenStack"

// setting is a string argument, with the environment variables that stand in for it (the first one set wins). The table serves schema,
// documentation and reading.
type setting struct {
	name, text string
	env        []string
	clean      func(string) string // for a variable of govc, which may have an inventory path
	sensitive  bool
}

var settings = []setting{
	{name: "vsphere_server", text: "The vCenter: a host name, or host:port.", env: []string{"VSPHERE_SERVER", "GOVC_URL"}, clean: hostOf},
	{name: "user", text: "The user, for example `terraform@vsphere.local`.", env: []string{"VSPHERE_USER", "GOVC_USERNAME"}},
	{name: "password", text: "The user's password.", env: []string{"VSPHERE_PASSWORD", "GOVC_PASSWORD"}, sensitive: true},
	{name: "ca_file", text: "The authorities that may have signed the vCenter's certificate: a file in PEM form, or the PEM text itself. " +
		"Unset: the system's.",
		env: []string{"NOVASPHERE_CA_FILE", "GOVC_TLS_CA_CERTS"}},
	{name: "datacenter", text: "The datacenter. Unset: the only one.", env: []string{"NOVASPHERE_DATACENTER", "GOVC_DATACENTER"},
		clean: path.Base},
	{name: "cluster", text: "The cluster that instances run in. Unset: the only one of the datacenter.",
		env: []string{"NOVASPHERE_CLUSTER", "GOVC_CLUSTER"}, clean: path.Base},
	{name: "resource_pool", text: "The resource pool of instances: its name, or its path below the cluster's root pool. Unset: the root pool.",
		env: []string{"NOVASPHERE_RESOURCE_POOL", "GOVC_RESOURCE_POOL"}, clean: after("/Resources")},
	{name: "datastore", text: "The datastore of instances. Unset: of the cluster's datastores that are accessible, not in maintenance, of " +
		"type VMFS, NFS, NFS41 or vsan and match `datastore_regex`, the one with the most free space, as Nova " +
		"chooses.", env: []string{"NOVASPHERE_DATASTORE", "GOVC_DATASTORE"},
		clean: path.Base},
	{name: "datastore_regex", text: "A regular expression (RE2) that a datastore's name must match at its start.",
		env: []string{"NOVASPHERE_DATASTORE_REGEX"}},
	{name: "switch", text: "The distributed switch that networks are made on, where `segments.physical_network` names none. Unset: " +
		"those of `network_vlan_ranges` in their order, else the only one of the datacenter.",
		env: []string{"NOVASPHERE_SWITCH"}},
	{name: "security_groups", text: "Who enforces security groups: `dvs`, the distributed switch, which filters without connection state, " +
		"so that groups need `stateful = false`; `nsx`, the distributed firewall of NSX, with connection state, on segments of the block " +
		"`nsx`: " +
		"groups are OpenStack's as they stand; `physical`, a firewall that others configure: groups are OpenStack's as they stand, and " +
		"recorded only; or `none`: nothing is filtered, and the group `default` alone can be written. Unset: the " +
		"first group is an error of the plan that names the choices.",
		env: []string{"NOVASPHERE_SECURITY_GROUPS"}},
	{name: "folder", text: "The VM folder of all projects, as a path below the datacenter's VM folder. Unset: `OpenStack`. Made when it is " +
		"missing, never removed.",
		env: []string{"NOVASPHERE_FOLDER", "GOVC_FOLDER"}, clean: after("/vm")},
	{name: "project", text: "The project: a folder of that name below `folder` holds this configuration's instances. Unset: `folder` " +
		"itself. Made when it is missing, never removed.",
		env: []string{"NOVASPHERE_PROJECT"}},
	{name: "routers", text: "What a router is. A vCenter has none: `nsx` makes routers tier-1 gateways of the block `nsx`'s NSX, which " +
		"route and translate between networks that are its segments, and external networks its tier-0 gateways; `physical` says that the " +
		"gateway of the VLANs is a physical one, and that routers, their interfaces and routes, floating IPs and port forwardings are to be " +
		"recorded only. " +
		"`networking_gateway_intent` returns what a gateway has to do. Unset: a configuration with any of them is refused.",
		env: []string{"NOVASPHERE_ROUTERS"}},
	{name: "previous_instance_uuid", text: "The instance UUID of the vCenter that states were made with, where another one is meant to be " +
		"in its place: one that was built anew, or that they move to. Without it such a state is refused, and the error names the UUID. What " +
		"this vCenter does not have is planned anew, and each state takes the new UUID when it is refreshed and applied; then the argument can " +
		"go.",
		env: []string{"NOVASPHERE_PREVIOUS_INSTANCE_UUID"}},
}

func configSchema() schema.Schema {
	blocks := vcenterBlocks()
	blocks["region"] = regionBlock()
	return schema.Schema{MarkdownDescription: "OpenStack's vocabulary on vSphere: flavors, images, key pairs, networks and instances, on a " +
		"vCenter alone.", Attributes: vcenterArguments(), Blocks: blocks}
}

// vcenterBlocks are the blocks about one vCenter.
func vcenterBlocks() map[string]schema.Block {
	return map[string]schema.Block{"availability_zone": zoneBlock(), "openstack": cloudBlock(), "nsx": nsxBlock()}
}

// vcenterArguments are the arguments about one vCenter.
func vcenterArguments() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"allow_unverified_ssl": schema.BoolAttribute{Optional: true,
			MarkdownDescription: "Accept any certificate. A warning says so each time. Environment: `VSPHERE_ALLOW_UNVERIFIED_SSL`, then " +
				"`GOVC_INSECURE`."},
		"api_timeout": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How many minutes one call to the vCenter may stay unanswered, its repetitions included. Unset: 5. Environment: " +
				"`VSPHERE_API_TIMEOUT`."},
	}
	attributes["dns_nameservers"] = schema.ListAttribute{Optional: true, ElementType: types.StringType,
		MarkdownDescription: "The name servers that guests are told where their subnet has none, in the order they are asked. Environment: " +
			"`NOVASPHERE_DNS_NAMESERVERS`, with commas between them."}
	maps.Copy(attributes, networkArguments())
	for _, s := range settings {
		attributes[s.name] = schema.StringAttribute{Optional: true, Sensitive: s.sensitive,
			MarkdownDescription: s.text + " Environment: `" + strings.Join(s.env, "`, then `") + "`."}
	}
	return attributes
}

// configModel holds the arguments and blocks about one vCenter, as they are in the provider block and in each of its blocks region.
type configModel struct {
	Server         types.String `tfsdk:"vsphere_server"`
	User           types.String `tfsdk:"user"`
	Password       types.String `tfsdk:"password"`
	CAFile         types.String `tfsdk:"ca_file"`
	Datacenter     types.String `tfsdk:"datacenter"`
	Cluster        types.String `tfsdk:"cluster"`
	ResourcePool   types.String `tfsdk:"resource_pool"`
	Datastore      types.String `tfsdk:"datastore"`
	DatastoreRegex types.String `tfsdk:"datastore_regex"`
	Switch         types.String `tfsdk:"switch"`
	SecurityGroups types.String `tfsdk:"security_groups"`
	Folder         types.String `tfsdk:"folder"`
	Project        types.String `tfsdk:"project"`
	Routers        types.String `tfsdk:"routers"`
	Former         types.String `tfsdk:"previous_instance_uuid"`
	Insecure       types.Bool   `tfsdk:"allow_unverified_ssl"`
	APITimeout     types.Int64  `tfsdk:"api_timeout"`
	Zones          types.List   `tfsdk:"availability_zone"`
	Cloud          types.Object `tfsdk:"openstack"`
	NSX            types.Object `tfsdk:"nsx"`
	Resolvers      types.List   `tfsdk:"dns_nameservers"`
	VLANRanges     types.List   `tfsdk:"network_vlan_ranges"`
	Physical       types.Map    `tfsdk:"physical_networks"`
	TenantTypes    types.List   `tfsdk:"tenant_network_types"`
}

// unknown reports whether a value is known only after apply.
func (m configModel) unknown() bool {
	for _, v := range []attr.Value{m.Server, m.User, m.Password, m.CAFile, m.Datacenter, m.Cluster, m.ResourcePool, m.Datastore,
		m.DatastoreRegex,
		m.Switch, m.SecurityGroups, m.Folder, m.Project, m.Routers, m.Former, m.Insecure, m.APITimeout, m.Zones, m.Cloud, m.Resolvers} {
		if v.IsUnknown() {
			return true
		}
	}
	return !crud.Known(m.Resolvers, m.VLANRanges, m.Physical, m.TenantTypes) || slices.ContainsFunc(m.zones(), zoneModel.unknown) ||
		m.cloudUnknown() || m.nsxUnknown()
}

// check refuses arguments that contradict each other.
func (m configModel) check() error {
	if m.Datastore.ValueString() != "" && m.DatastoreRegex.ValueString() != "" {
		return openstack.AttributeErrorf("datastore_regex", "it chooses among datastores, and datastore names one already: write only one of "+
			"them")
	}
	if _, err := regexp.Compile(m.DatastoreRegex.ValueString()); err != nil {
		return openstack.AttributeErrorf("datastore_regex", "%q is not a regular expression: %w", m.DatastoreRegex.ValueString(), err)
	}
	if err := checkPaths(m.Folder.ValueString(), m.Project.ValueString()); err != nil {
		return err
	}
	if former := m.Former.ValueString(); former != "" && uuid.Validate(former) != nil {
		return openstack.AttributeErrorf("previous_instance_uuid", "%q is not the instance UUID of a vCenter: the error that asks for it "+
			"names it", former)
	}
	if err := checkRouters("it", m.Routers.ValueString(), !m.NSX.IsNull()); err != nil {
		return err
	}
	if crud.Known(m.VLANRanges, m.Physical) {
		if _, _, err := m.physicalNetworks(); err != nil {
			return err
		}
	}
	if crud.Known(m.TenantTypes) {
		if _, err := m.tenantTypes(); err != nil {
			return err
		}
	}
	return cmp.Or(m.checkCloud(), m.checkNSX())
}

// checkRouters refuses a value of routers that there is not, and one that needs the block nsx where that is missing. what names its place.
func checkRouters(what, value string, nsx bool) error {
	switch {
	case value == "" || value == vcenter.RoutersPhysical || value == vcenter.RoutersNSX && nsx:
		return nil
	case value == vcenter.RoutersNSX:
		return openstack.AttributeErrorf("routers", "%s is %q, which makes routers tier-1 gateways of NSX, and the provider has no block nsx: "+
			"write one, or routers = %q, if the gateways are physical ones", what, value, vcenter.RoutersPhysical)
	}
	return openstack.AttributeErrorf("routers", "%s is %q, and it can only be %q or, with the block nsx, %q", what, value,
		vcenter.RoutersPhysical, vcenter.RoutersNSX)
}

// checkPaths refuses paths in the inventory that vCenter could not make, or that lead out of their place.
func checkPaths(folder, project string) error {
	for _, argument := range []struct{ name, path string }{{"folder", folder}, {"project", project}} {
		if strings.Trim(argument.path, "/") == "" {
			continue
		}
		for part := range strings.SplitSeq(strings.Trim(argument.path, "/"), "/") {
			if err := openstack.InventorySegment.Check(part); err != nil {
				return openstack.AttributeErrorf(argument.name, "%q is no path of folders: %w", argument.path, err)
			}
		}
	}
	return nil
}

// config combines the written values with the environment.
func (m configModel) config(version, terraform string) (vcenter.Config, error) {
	govc, _ := soap.ParseURL(os.Getenv("GOVC_URL"))
	cfg := vcenter.Config{
		Server: value("vsphere_server", m.Server), User: value("user", m.User), Password: value("password", m.Password),
		CAFile: value("ca_file", m.CAFile), Datacenter: value("datacenter", m.Datacenter), Cluster: value("cluster", m.Cluster),
		ResourcePool: value("resource_pool", m.ResourcePool), Datastore: value("datastore", m.Datastore),
		DatastoreRegex: value("datastore_regex", m.DatastoreRegex), Switch: value("switch", m.Switch),
		SecurityGroups: value("security_groups", m.SecurityGroups), Folder: value("folder", m.Folder), Project: value("project", m.Project),
		Routers: value("routers", m.Routers), Former: value("previous_instance_uuid", m.Former), Version: version,
		UserAgent: fmt.Sprintf("terraform-provider-novasphere/%s Terraform/%s", version, terraform),
	}
	if govc != nil && govc.User != nil && os.Getenv("VSPHERE_SERVER") == "" && m.Server.ValueString() == "" {
		if password, set := govc.User.Password(); cfg.User == "" || cfg.Password == "" && set {
			cfg.User, cfg.Password = govc.User.Username(), password
		}
	}
	var err error
	if cfg.Folder == "" {
		cfg.Folder = defaultFolder
	}
	if cfg.Server, err = address(cfg.Server); err != nil {
		return cfg, err
	}
	cfg.Folder, cfg.Project = strings.Trim(cfg.Folder, "/"), strings.Trim(cfg.Project, "/")
	if err = checkPaths(cfg.Folder, cfg.Project); err != nil {
		return cfg, err
	}
	if cfg.Insecure, err = boolean("allow_unverified_ssl", m.Insecure, "VSPHERE_ALLOW_UNVERIFIED_SSL", "GOVC_INSECURE"); err != nil {
		return cfg, err
	}
	if cfg.APITimeout, err = minutes(m.APITimeout, "VSPHERE_API_TIMEOUT"); err != nil {
		return cfg, err
	}
	if cfg.Zones, err = m.zoneList(); err != nil {
		return cfg, err
	}
	if err = enforcer(cfg.SecurityGroups, !m.NSX.IsNull()); err != nil {
		return cfg, err
	}
	// check has checked the written value
	if err := checkRouters("the environment variable NOVASPHERE_ROUTERS", cfg.Routers, !m.NSX.IsNull()); err != nil {
		return cfg, err
	}
	if cfg.Resolvers, err = m.resolvers(); err != nil {
		return cfg, err
	}
	if cfg.VLANRanges, cfg.Physical, err = m.physicalNetworks(); err != nil {
		return cfg, err
	}
	if cfg.TenantTypes, err = m.tenantTypes(); err != nil {
		return cfg, err
	}
	if err = complete(cfg); err != nil {
		return cfg, err
	}
	cfg.Cloud, err = m.cloud(cfg.UserAgent)
	return cfg, err
}

// resolvers returns the written name servers, or the environment's.
func (m configModel) resolvers() ([]string, error) {
	all, from := listOr(m.Resolvers, "NOVASPHERE_DNS_NAMESERVERS")
	if m.Resolvers.IsNull() && len(all) > 0 { // in the variable blanks divide them as well
		all = strings.Fields(strings.Join(all, " "))
	}
	for _, one := range all {
		if _, err := netip.ParseAddr(one); err != nil {
			return nil, openstack.AttributeErrorf("dns_nameservers", "%s names %q, which is no IP address", from, one)
		}
	}
	return all, nil
}

// enforcer refuses an unknown value of security_groups, and groups of NSX where there is none.
func enforcer(name string, hasNSX bool) error {
	switch {
	case name == "" || name == sdn.EnforceNone || name == sdn.EnforceDVS || name == sdn.EnforcePhysical || name == sdn.EnforceNSX && hasNSX:
		return nil
	case name == sdn.EnforceNSX:
		return openstack.AttributeErrorf("security_groups", "it is %q, and there is no NSX to enforce them: write the block nsx, which says how "+
			"to reach it; or %q, whose groups have no connection state, %q (a firewall of yours enforces them), or %q", name, sdn.EnforceDVS,
			sdn.EnforcePhysical, sdn.EnforceNone)
	}
	return openstack.AttributeErrorf("security_groups", "%q enforces nothing: write %q (the distributed switch), %q (NSX, on its "+
		"segments), %q "+
		"(a firewall of yours) or %q (nothing is filtered)", name, sdn.EnforceDVS, sdn.EnforceNSX, sdn.EnforcePhysical, sdn.EnforceNone)
}

// complete refuses missing values, each at its argument.
func complete(cfg vcenter.Config) error {
	for _, need := range []struct{ name, value string }{{"vsphere_server", cfg.Server}, {"user", cfg.User}, {"password", cfg.Password}} {
		if need.value == "" {
			i := indexOf(need.name)
			return openstack.AttributeErrorf(need.name, "it is not set: write it in the provider block, or set the environment variable %s",
				settings[i].env[0])
		}
	}
	return nil
}
