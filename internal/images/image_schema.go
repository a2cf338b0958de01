// SPDX-License-Identifier: MPL-2.0

package images

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
)

// defaultVisibility is the OpenStack provider's.
const defaultVisibility = "private"

// visibilities are who may see an image, as the image service knows it.
var visibilities = []string{"public", defaultVisibility, "shared", "community"}

func resourceSchema(ctx context.Context) schema.Schema {
	attributes := tellingAttributes()
	maps.Copy(attributes, sourceAttributes())
	maps.Copy(attributes, glanceAttributes())
	return schema.Schema{
		MarkdownDescription: "An image that instances and volumes are made of, as Glance keeps one: a VM template, or an item of a content " +
			"library, with Glance's properties. The provider reads a file of this machine or downloads one, makes a streamOptimized VMDK of it " +
			"(qcow2, raw and VMDK of every common kind, OVA; an ISO goes as it is) and sends that to the vCenter: no other program is needed. " +
			"`name`, `tags`, `properties`, `min_disk_gb`, `min_ram_mb`, `protected`, `hidden`, `visibility` and `datastore_cache` change in " +
			"place; another source, format, `storage` or `library` makes another image. An image that linked clones hang on is not deleted, and " +
			"the error names them. One that this provider did not make can be imported, and is never deleted. None of this has been tried on a " +
			"vCenter that is not simulated. See [Images](../guides/images.md).",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true})},
	}
}

// sourceAttributes are the arguments that say what an image is made of, and where it is kept.
func sourceAttributes() map[string]schema.Attribute {
	text := func(description string, of ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: of}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: description, Optional: true}
	}
	return map[string]schema.Attribute{
		"container_format": schema.StringAttribute{MarkdownDescription: "`bare`: the file is the image. `ova`: it is an OVA with one disk, and " +
			"`disk_format` is `vmdk`. `ovf`: as `bare`. `compressed`: the file is compressed, as with `decompress`. `docker`, `aki`, `ari` and " +
			"`ami` are refused. A change makes another image.", Required: true},
		"disk_format": schema.StringAttribute{MarkdownDescription: "`qcow2`, `raw`, `vmdk` or `iso`. The file must be of this format, and is " +
			"looked at. `vhd`, `vhdx`, `vdi`, `ploop`, `aki`, `ari` and `ami` are refused, with the `qemu-img` command that helps. A change " +
			"makes another image.", Required: true},
		"local_file_path": text("The file on the machine that runs Terraform. Exactly one of this and `image_source_url` is written. A file " +
			"that is there when the plan is made is looked at. Its content is not compared later: another path makes another image."),
		"image_source_url": text("Where the file is fetched from, by HTTP or HTTPS. A download that breaks off goes on where it was. A change " +
			"makes another image."),
		"image_source_username": text("The user at `image_source_url`. A change alone does nothing."),
		"image_source_password": schema.StringAttribute{MarkdownDescription: "The password at `image_source_url`; no redirect takes it to " +
			"another host. A change alone does nothing.", Optional: true, Sensitive: true},
		"image_cache_path": text("A folder of this machine where downloads are kept and used again, after the server was asked whether they " +
			"are still the same. Unset: nothing is kept; the OpenStack provider keeps all in the home folder. A change alone does nothing."),
		"image_checksum": text("The checksum of the file as it is fetched or found, before it is decompressed: `sha256:` and the hexadecimal " +
			"digits; `sha512:`, `sha1:` and `md5:` as well. A file with another one is refused. Another checksum makes another image. Not known " +
			"to the OpenStack provider."),
		"decompress": flag("Decompress the file first, if its first bytes say gzip, bzip2, xz or zstd. A change makes another image."),
		"web_download": flag("`true`: the vCenter fetches `image_source_url` by itself into a content library, so only an OVA or an ISO: the " +
			"vCenter does not convert. It must reach the server, and takes a certificate that it does not know as it finds it at that moment: " +
			"without this argument, certificates are verified and `image_checksum` is compared."),
		"verify_checksum": flag("Accepted; not with `web_download`. What is sent is compared with what has arrived wherever the vCenter tells " +
			"it, whatever this says."),
		"storage": schema.StringAttribute{MarkdownDescription: "`template` (the default): a VM template in the folder `novasphere/images`. " +
			"`content_library`: an item of `library`, which is deployed once to each datastore that it is used on. A change makes another " +
			"image. Not known to the OpenStack provider.", Optional: true, Computed: true,
			Default:    stringdefault.StaticString(openstack.StoredAsTemplate),
			Validators: []validator.String{stringvalidator.OneOf(openstack.StoredAsTemplate, openstack.StoredInLibrary)}},
		"library": text("The name of the content library, for `storage = \"content_library\"` alone. It is not made, and must not be a " +
			"subscribed one. A change makes another image. Not known to the OpenStack provider."),
		"upload_via": text("The way of a template's disk into the vCenter. `host`: straight to an ESX host, whose port 443 must be "+
			"reachable. `vcenter`: through the vCenter alone, which copies it once more. Unset: `host`, or `vcenter` where the host cannot be "+
			"reached before anything was sent. A change alone does nothing. Not known to the OpenStack provider.",
			stringvalidator.OneOf(upload.ViaHost, upload.ViaVCenter)),
		"datastore_cache": schema.BoolAttribute{MarkdownDescription: "`true`: instances that are full clones are made from a copy of the image " +
			"on their own datastore, which is made with the first one there. Changes in place. Not known to the OpenStack provider.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false)},
	}
}

// glanceAttributes are the arguments that Glance keeps beside an image.
func glanceAttributes() map[string]schema.Attribute {
	least := func(description string, of *openstack.Limit) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: description, Optional: true, Computed: true, Default: int64default.StaticInt64(0),
			Validators: []validator.Int64{crud.Within(of)}}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: description, Optional: true, Computed: true, Default: booldefault.StaticBool(false)}
	}
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{MarkdownDescription: "The image's name. Unlike Glance's it is unique among the images that this " +
			"provider has made as templates, or in its library.", Required: true, Validators: []validator.String{crud.Within(&openstack.ImageName)}},
		"image_id": schema.StringAttribute{MarkdownDescription: "An id of your own choice, a UUID, for a template alone: a vCenter chooses the " +
			"id of a library's item. Unset: a new one. A change makes another image.", Optional: true, Computed: true,
			Validators:    []validator.String{stringvalidator.RegexMatches(uuidSpelling(), "must be a UUID")},
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"tags": schema.SetAttribute{MarkdownDescription: "Labels, to search for.", Optional: true, ElementType: types.StringType,
			Validators: []validator.Set{crud.Within(&openstack.ImageTag, &openstack.ImageTagCount)}},
		"properties": schema.MapAttribute{MarkdownDescription: "Glance's properties, which shape the instances that are made afterwards: see " +
			"[Extra specs and image properties](../guides/extra-specs-and-image-properties.md). Those that are meant for other hypervisors " +
			"are kept, and named in a warning. Unset: as they are.", Optional: true, Computed: true, ElementType: types.StringType,
			Validators:    []validator.Map{crud.Within(&openstack.ImagePropertyKey, &openstack.ImagePropertyCount)},
			PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()}},
		"min_disk_gb": least("The smallest root disk that an instance of it may have, in GiB. The capacity of its disk counts as well.",
			&openstack.ImageLeastDisk),
		"min_ram_mb": least("The least memory that an instance of it may have, in MB.", &openstack.ImageLeastRAM),
		"protected":  flag("`true`: it is not deleted, and a plan that would delete or replace it is refused."),
		"hidden":     flag("`true`: data sources find it only where they ask for hidden images."),
		"visibility": schema.StringAttribute{MarkdownDescription: "`private` (the default), `public`, `shared` or `community`. It is kept, and " +
			"data sources can search for it: who may use an image is said by the vCenter's permissions.", Optional: true, Computed: true,
			Default:    stringdefault.StaticString(defaultVisibility),
			Validators: []validator.String{stringvalidator.OneOf(visibilities...)}},
		"region": crud.Region(),
	}
}

// tellingAttributes are what only the vCenter tells.
func tellingAttributes() map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	return map[string]schema.Attribute{
		"id":       text("The image's id, the same as `image_id`: the template's instance UUID, or the id of the library's item."),
		"checksum": text("The MD5 of the file that the image was made of, decompressed; empty where nobody has reckoned it."),
		"size_bytes": schema.Int64Attribute{MarkdownDescription: "Capacity of a template's root disk, or what a library's item takes, in bytes.",
			Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}},
		"status":     text("Always `active`: an image is there once it is whole."),
		"file":       text("Where it is: the template's inventory path below the VM folder, or `library/item`."),
		"owner":      text("Always empty: a vCenter has no projects."),
		"schema":     text("Always empty."),
		"created_at": text("When it was made, RFC 3339."),
		"updated_at": text("When it was last changed, RFC 3339."),
		"metadata": schema.MapAttribute{MarkdownDescription: "Always empty, as in the OpenStack provider: see `properties`.", Computed: true,
			ElementType: types.StringType, PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()}},
	}
}
