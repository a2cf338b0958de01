// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func networkBlock() schema.ListNestedBlock {
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	chosen := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	return schema.ListNestedBlock{
		MarkdownDescription: "A NIC, in the order of the blocks. Without any the instance has no network. NICs are plugged and unplugged " +
			"while the instance runs: a block that names the same network, port and addresses as before keeps its NIC. Addresses of subnets " +
			"without DHCP are written into the guest (cloud-init's network configuration by guestinfo, and the config drive), which reads them " +
			"when it boots; without cloud-init, by vSphere's guest customization at the first boot, where the image says " +
			"`novasphere_guest_customization`.",
		Validators: []validator.List{crud.AtMost(&openstack.NICCount)},
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"uuid": chosen("The network's id. One of `uuid`, `name` and `port` is needed."),
			"name": chosen("The network's name."),
			"port": chosen("The id of a `networking_port`, which stays when the instance goes. Unset: on a network with subnets a " +
				"port is made for the instance and goes with it; on another network the NIC has an id only. The VM knows it as `nvp.iface-id`."),
			"mac": computed("The NIC's address."),
			"fixed_ip_v4": chosen("The IPv4 address of this NIC. On a network with subnets it may be chosen, and is claimed before the " +
				"instance is made; elsewhere it is the first that the guest reports."),
			"fixed_ip_v6":    chosen("The IPv6 address of this NIC, likewise."),
			"access_network": schema.BoolAttribute{MarkdownDescription: "Take `access_ip_v4` and `access_ip_v6` from this NIC.", Optional: true},
		}},
	}
}

func blockDeviceBlock() schema.ListNestedBlock {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	return schema.ListNestedBlock{
		MarkdownDescription: "A disk, by OpenStack's rules. The image on a local disk is the root disk, and may stand here or in " +
			"`image_id`. A blank local disk is an ephemeral disk, or with `guest_format = \"swap\"` the swap disk, within what the flavor " +
			"grants. Without any, the flavor's own ephemeral and swap disks are made. On `destination_type = \"volume\"` the disk is a volume: " +
			"a copy of an image, a snapshot or nothing (`blank`), or one that exists (`volume`). A volume with `boot_index = 0` is the root " +
			"disk, whatever `image_id`, `image_name` and the flavor's disk say. A change makes another instance.",
		Validators: []validator.List{crud.AtMost(&openstack.DiskCount)},
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"source_type": schema.StringAttribute{MarkdownDescription: "`image`, `volume`, `snapshot` or `blank`.", Required: true,
				Validators: []validator.String{stringvalidator.OneOf("image", "blank", "volume", "snapshot")}},
			"destination_type": text("`local` or `volume`. Unset: `volume` where the source is one or a snapshot, else `local`."),
			"uuid":             text("The id of the image, the volume or the snapshot."),
			"volume_size": schema.Int64Attribute{MarkdownDescription: "Size in GiB. Needed for volumes of an image and blank ones. Unset: a " +
				"snapshot's own, and for a blank local disk what the flavor grants. Without effect on a volume that exists.", Optional: true,
				Validators: []validator.Int64{crud.Within(&openstack.BlockDeviceSize)}},
			"boot_index": schema.Int64Attribute{MarkdownDescription: "0 for the root disk; -1 for disks that nothing boots from, or 1, 2 and so " +
				"on without a gap. Unset: 0, and -1 for a blank disk.", Optional: true},
			"delete_on_termination": schema.BoolAttribute{MarkdownDescription: "Whether a volume goes with the instance. Unset: false, as in the " +
				"OpenStack provider, so that volumes that were made for blocks stay, and the plan says so. A volume that exists is never deleted, " +
				"only detached. Local disks always go.", Optional: true},
			"guest_format": text("`swap` makes a blank local disk the swap disk. Other formats are accepted, and the disk is left blank."),
			"disk_bus": text("`scsi`, `ide`, or an adapter type such as `lsiLogic` or `paraVirtual`. Unset: that of the root disk, and for a " +
				"root disk its image's."),
			"device_type": text("Accepted as `disk`."),
			"volume_type": text("The storage policy of a volume that is made, by its name. The datastore is one that satisfies it."),
			"multiattach": schema.BoolAttribute{MarkdownDescription: "Whether other instances may have the volume too, which must have been made " +
				"with `multiattach`.", Optional: true},
		}},
	}
}

// personalityBlock is a list, while the OpenStack provider has a set: the path of a set's element is the whole element with its content,
// and paths are written to logs.
func personalityBlock() schema.ListNestedBlock {
	return schema.ListNestedBlock{
		MarkdownDescription: "A file that cloud-init writes at the first boot. Readable in the vCenter like `user_data`. User data with a " +
			"`write_files` of its own goes before. A change makes another instance; another order of the blocks is none.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"file": schema.StringAttribute{MarkdownDescription: "The absolute path in the guest.", Required: true,
				Validators: []validator.String{crud.Within(&openstack.PersonalityPath)}},
			"content": schema.StringAttribute{MarkdownDescription: "What the file holds. One of `content` and `content_wo` is needed.",
				Optional: true},
			"content_wo": schema.StringAttribute{MarkdownDescription: "As `content`, but never kept in plan or state. Needs " +
				"`content_wo_version`, and Terraform 1.11 or OpenTofu 1.11.", Optional: true, Sensitive: true, WriteOnly: true},
			"content_wo_version": schema.Int64Attribute{MarkdownDescription: "Counts the versions of `content_wo`: another number makes " +
				"another instance, and while it stays another `content_wo` has no effect.", Optional: true},
		}},
	}
}

func schedulerHintsBlock() schema.SetNestedBlock {
	text := schema.StringAttribute{MarkdownDescription: "Ignored, with a warning: it speaks to a scheduler that is not here.", Optional: true}
	list := func(text string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: text, Optional: true, ElementType: types.StringType}
	}
	return schema.SetNestedBlock{
		MarkdownDescription: "Where the instance should run. They are recorded with it; other hints replace it. What they ask for is in " +
			"force before the instance starts for the first time, unless the group's policy is a soft one.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"group":          schema.StringAttribute{MarkdownDescription: "The id of a `compute_servergroup`.", Optional: true},
			"different_host": list("Ids of instances of the same cluster. A mandatory DRS rule keeps the instance apart from each of them."),
			"same_host": list("Ids of instances of the same cluster. A mandatory DRS rule keeps the instance together with each of " +
				"them: with several, all of them run on one host, where Nova is content with one of them."),
			"query": schema.ListAttribute{MarkdownDescription: "Refused: it is the language of a scheduler that is not here.",
				Optional: true, ElementType: types.StringType},
			"target_cell":        text,
			"build_near_host_ip": text,
			"different_cell": schema.ListAttribute{MarkdownDescription: text.MarkdownDescription, Optional: true,
				ElementType: types.StringType},
			"additional_properties": schema.MapAttribute{MarkdownDescription: text.MarkdownDescription, Optional: true,
				ElementType: types.StringType},
		}},
	}
}

func vendorOptionsBlock() schema.SetNestedBlock {
	return schema.SetNestedBlock{MarkdownDescription: "Accepted without effect: a resize needs no confirmation here, and ports are " +
		"detached with their instance.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"ignore_resize_confirmation":  schema.BoolAttribute{MarkdownDescription: "Without effect.", Optional: true},
			"detach_ports_before_destroy": schema.BoolAttribute{MarkdownDescription: "Without effect.", Optional: true},
		}}}
}
