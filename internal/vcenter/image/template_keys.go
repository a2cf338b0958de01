// SPDX-License-Identifier: MPL-2.0

package image

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/vmware/govmomi/vim25/mo"
)

// Keys in the extraConfig of a template that this provider made, beside records.MarkKey and the properties. They cannot be changed on a
// template: what an image's record says takes precedence.
const (
	idKey         = records.Prefix + "image_id"
	diskFormatKey = records.Prefix + "disk_format"
	containerKey  = records.Prefix + "container_format"
	checksumKey   = records.Prefix + "checksum"
	minDiskKey    = records.Prefix + "min_disk"
	minRAMKey     = records.Prefix + "min_ram"
	fileSizeKey   = records.Prefix + "file_size" // bytes
)

// extraOf is the extraConfig of a template, which tells what the image is without its record.
func extraOf(r Request, id string, mark openstack.Mark) map[string]string {
	out := map[string]string{records.MarkKey: records.MarkText(mark), idKey: id}
	for key, value := range map[string]string{diskFormatKey: r.DiskFormat, containerKey: r.Container, checksumKey: r.Checksum,
		minDiskKey: number(r.MinDisk), minRAMKey: number(r.MinRAM), fileSizeKey: number(r.FileSize)} {
		if value != "" {
			out[key] = value
		}
	}
	for key, value := range r.Properties {
		if value != "" {
			out[propertyPrefix+key] = value
		}
	}
	return out
}

// number writes a number; empty for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// tell fills in what a template's extraConfig tells of an image.
func tell(i *openstack.Image, keys map[string]string) {
	i.Mark, i.Checksum = markAt(keys, i.ID), keys[checksumKey]
	if format := keys[diskFormatKey]; format != "" {
		i.DiskFormat = format
	}
	if format := keys[containerKey]; format != "" {
		i.Container = format
	}
	i.MinDisk, _ = strconv.ParseInt(keys[minDiskKey], 10, 64) // 0 where there is none, or somebody edited it
	i.MinRAM, _ = strconv.ParseInt(keys[minRAMKey], 10, 64)
	i.FileSize, _ = strconv.ParseInt(keys[fileSizeKey], 10, 64)
}

// markAt reads the mark of a template with an id. A clone that people make of an image's template has the keys of that and an id of its
// own: it is theirs.
func markAt(keys map[string]string, id string) *openstack.Mark {
	if of := keys[idKey]; of != "" && !strings.EqualFold(of, id) {
		return nil
	}
	return markOf(keys)
}

// markOf reads the mark of a template; nil: others made it.
func markOf(keys map[string]string) *openstack.Mark {
	var mark openstack.Mark
	if json.Unmarshal([]byte(keys[records.MarkKey]), &mark) != nil {
		return nil
	}
	return &mark
}

// markOn reads the mark of a VM; nil: others made it, or the vCenter does not show its configuration.
func markOn(vm mo.VirtualMachine) *openstack.Mark {
	if vm.Config == nil {
		return nil
	}
	return markOf(property.ExtraConfig(vm.Config.ExtraConfig))
}
