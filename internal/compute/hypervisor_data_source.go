// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// HypervisorData finds one compute node.
var HypervisorData = crud.DataSource[*vcenter.Client, hypervisorDataModel]{Name: "compute_hypervisor", Schema: hypervisorDataSchema,
	Read: readHypervisor}

// HypervisorsData lists compute nodes.
var HypervisorsData = crud.DataSource[*vcenter.Client, hypervisorsModel]{Name: "compute_hypervisors", Schema: hypervisorsSchema,
	Read: readHypervisors}

// whatIsANode describes a compute node in both data sources.
const whatIsANode = "A cluster is a compute node, as Nova's VMware driver has it: named by its managed object id, a dot and the " +
	"vCenter's UUID, with the CPU threads and the memory of the hosts that are connected and not in maintenance, what of the memory these " +
	"say is in use, and of its datastores the one with the most free space. The ESX hosts in it, which Nova hides, are shown beside it with " +
	"what each has, in whatever state it is. However many blocks ask, a plan asks the vCenter once. None of it has been compared with a " +
	"real vCenter, only with what Nova's driver was recorded to report of a simulated one."

func hypervisorDataSchema(context.Context) schema.Schema {
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
	}
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	attributes := nodeAttributes()
	attributes["id"] = schema.StringAttribute{MarkdownDescription: "The managed object id of the cluster or host.", Optional: true,
		Computed: true}
	attributes["hostname"] = schema.StringAttribute{MarkdownDescription: "The compute node's name, or an ESX host's. Without it and " +
		"without `id` the node is the provider's own cluster.", Optional: true, Computed: true}
	attributes["region"] = crud.DataRegion()
	attributes["type"] = text("The same as `hypervisor_type`.")
	attributes["memory"] = number("The same as `memory_mb`.")
	attributes["disk"] = number("The same as `local_gb`.")
	return schema.Schema{MarkdownDescription: "Finds one compute node of the datacenter. " + whatIsANode, Attributes: attributes}
}

func hypervisorsSchema(context.Context) schema.Schema {
	listed := nodeAttributes()
	listed["id"] = schema.StringAttribute{MarkdownDescription: "The managed object id of the cluster or host.", Computed: true}
	listed["hypervisor_hostname"] = schema.StringAttribute{MarkdownDescription: "The compute node's name, or an ESX host's.", Computed: true}
	names := func(text string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: text, Computed: true, ElementType: types.StringType}
	}
	filter := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	return schema.Schema{
		MarkdownDescription: "Lists the compute nodes of the datacenter, each cluster before the hosts in it, by their names. " + whatIsANode,
		Attributes: map[string]schema.Attribute{
			"id":                          schema.StringAttribute{MarkdownDescription: "Always `hypervisors`.", Computed: true},
			"region":                      crud.DataRegion(),
			"level":                       filter("`cluster` for the compute nodes that Nova knows, `host` for the ESX hosts in them. Unset: both."),
			"hypervisor_hostname_pattern": filter("A part of their names, capital letters or not."),
			"cluster":                     filter("The name of the cluster that they are or lie in."),
			"ids":                         names("The ids of the nodes that fit."),
			"names":                       names("The names of the nodes that fit, in the same order."),
			"hypervisors": schema.ListNestedAttribute{MarkdownDescription: "The nodes that fit.", Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: listed}},
		},
	}
}

// nodeAttributes returns the attributes of a compute node.
func nodeAttributes() map[string]schema.Attribute {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
	}
	return map[string]schema.Attribute{
		"level":              text("`cluster` or `host`."),
		"cluster":            text("The name of the cluster that it is or lies in."),
		"host_ip":            text("A host's first vmkernel address; of a cluster the vCenter's name or address, as Nova has it."),
		"hypervisor_type":    text("What the vCenter, or the host, says it is: `VMware vCenter Server`."),
		"hypervisor_version": number("Its version as a number: 8000003 for 8.0.3."),
		"state":              text("`up` where the host, or any host of the cluster, is connected; else `down`."),
		"status":             text("`disabled` where the host, or every connected host of the cluster, is in maintenance; else `enabled`."),
		"vcpus":              number("CPU threads."),
		"vcpus_used": number("Virtual CPUs of the VMs that run on it, whoever made them. Nova's driver has 0 here and counts Nova's " +
			"own instances elsewhere."),
		"memory_mb":      number("Memory in MB."),
		"memory_mb_used": number("Memory in MB that its hosts say is in use, by themselves and by VMs."),
		"free_ram_mb":    number("Memory in MB that is not in use."),
		"local_gb": number("Size in GiB of the datastore with the most free space, among those that the provider may place " +
			"instances on: of a cluster that `availability_zone` blocks map, those of these zones, else as the provider's own arguments say."),
		"local_gb_used": number("What of that datastore is in use, in GiB."),
		"free_disk_gb":  number("What of that datastore is free, in GiB."),
		"running_vms":   number("Number of VMs that are on, whoever made them. Nova counts its instances, running or not."),
		"cpu_info":      text("A host's CPU model and topology, as JSON. Empty for a cluster, as Nova has it: its hosts may differ."),
	}
}

type hypervisorDataModel struct {
	nodeModel
	Hostname types.String `tfsdk:"hostname"`
	Region   types.String `tfsdk:"region"`
	Alias    types.String `tfsdk:"type"`
	Memory   types.Int64  `tfsdk:"memory"`
	Disk     types.Int64  `tfsdk:"disk"`
}

type hypervisorsModel struct {
	ID      types.String          `tfsdk:"id"`
	Region  types.String          `tfsdk:"region"`
	Level   types.String          `tfsdk:"level"`
	Pattern types.String          `tfsdk:"hypervisor_hostname_pattern"`
	Cluster types.String          `tfsdk:"cluster"`
	IDs     []string              `tfsdk:"ids"`
	Names   []string              `tfsdk:"names"`
	All     []hypervisorListModel `tfsdk:"hypervisors"`
}

type hypervisorListModel struct {
	nodeModel
	Hostname types.String `tfsdk:"hypervisor_hostname"`
}

type nodeModel struct {
	ID           types.String `tfsdk:"id"`
	Level        types.String `tfsdk:"level"`
	Cluster      types.String `tfsdk:"cluster"`
	HostIP       types.String `tfsdk:"host_ip"`
	Type         types.String `tfsdk:"hypervisor_type"`
	Version      types.Int64  `tfsdk:"hypervisor_version"`
	State        types.String `tfsdk:"state"`
	Status       types.String `tfsdk:"status"`
	VCPUs        types.Int64  `tfsdk:"vcpus"`
	VCPUsUsed    types.Int64  `tfsdk:"vcpus_used"`
	MemoryMB     types.Int64  `tfsdk:"memory_mb"`
	MemoryMBUsed types.Int64  `tfsdk:"memory_mb_used"`
	FreeRAM      types.Int64  `tfsdk:"free_ram_mb"`
	LocalGB      types.Int64  `tfsdk:"local_gb"`
	LocalGBUsed  types.Int64  `tfsdk:"local_gb_used"`
	FreeDisk     types.Int64  `tfsdk:"free_disk_gb"`
	RunningVMs   types.Int64  `tfsdk:"running_vms"`
	CPUInfo      types.String `tfsdk:"cpu_info"`
}

// The levels of compute nodes.
const (
	levelCluster = "cluster"
	levelHost    = "host"
)

// levelOf returns whether a compute node is a cluster or a host.
func levelOf(h openstack.Hypervisor) string {
	if h.IsHost {
		return levelHost
	}
	return levelCluster
}

// nodeOf returns the model of a compute node.
func nodeOf(h openstack.Hypervisor) nodeModel {
	text, number := types.StringValue, types.Int64Value
	return nodeModel{
		ID: text(h.ID), Level: text(levelOf(h)), Cluster: text(h.Cluster), HostIP: text(h.HostIP), Type: text(h.Type), Version: number(h.Version),
		State: text(h.State), Status: text(h.Status), VCPUs: number(h.VCPUs), VCPUsUsed: number(h.VCPUsUsed), MemoryMB: number(h.MemoryMB),
		MemoryMBUsed: number(h.MemoryMBUsed), FreeRAM: number(h.MemoryMB - h.MemoryMBUsed), LocalGB: number(h.LocalGB),
		LocalGBUsed: number(h.LocalGBUsed), FreeDisk: number(h.LocalGB - h.LocalGBUsed), RunningVMs: number(h.RunningVMs),
		CPUInfo: text(h.CPUInfo),
	}
}

func readHypervisor(ctx context.Context, client *vcenter.Client, m hypervisorDataModel) (hypervisorDataModel, error) {
	id, hostname := m.ID, m.Hostname
	h, err := client.Inventory.Hypervisor(ctx, id.ValueString(), hostname.ValueString())
	if err != nil {
		return m, err
	}
	m.nodeModel = nodeOf(h)
	m.ID, m.Hostname, m.Alias, m.Memory, m.Disk = crud.Written(id, h.ID, id.ValueString()),
		crud.Written(hostname, h.Hostname, hostname.ValueString()), m.Type, m.MemoryMB, m.LocalGB
	if strings.EqualFold(hostname.ValueString(), h.Hostname) {
		m.Hostname = hostname // in its written form
	}
	return m, nil
}

func readHypervisors(ctx context.Context, client *vcenter.Client, m hypervisorsModel) (hypervisorsModel, error) {
	level := m.Level.ValueString()
	if level != "" && level != levelCluster && level != levelHost {
		return m, openstack.AttributeErrorf("level", "%q is neither %q nor %q: leave it out for both", level, levelCluster, levelHost)
	}
	all, err := client.Inventory.Hypervisors(ctx)
	if err != nil {
		return m, err
	}
	pattern, cluster := strings.ToLower(m.Pattern.ValueString()), m.Cluster.ValueString()
	m.ID, m.IDs, m.Names, m.All = types.StringValue("hypervisors"), []string{}, []string{}, []hypervisorListModel{}
	for _, h := range all {
		if level != "" && level != levelOf(h) || cluster != "" && cluster != h.Cluster ||
			!strings.Contains(strings.ToLower(h.Hostname), pattern) {
			continue
		}
		m.IDs, m.Names, m.All = append(m.IDs, h.ID), append(m.Names, h.Hostname),
			append(m.All, hypervisorListModel{nodeOf(h), types.StringValue(h.Hostname)})
	}
	return m, nil
}
