// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// bare stands for the template of a VM that is made without a disk: its root disk is a volume, which tells what image it comes from.
func bare(boot openstack.Volume, needs vmspec.Needs, adapter string) image.Template {
	config := &types.VirtualMachineConfigInfo{Version: needs.Version}
	config.Hardware.Device = hardware.Bare(cmp.Or(adapter, hardware.DefaultAdapter))
	out := image.Template{Config: config}
	out.Name, out.Properties = "of the volume "+boot.Name, boot.ImageProperties
	return out
}

// build makes the VM of an instance that boots from a volume: all of it but the volumes, which are attached before its first start.
func (c *Servers) build(ctx context.Context, want *Request) (*cloned, error) {
	boot := want.Boot
	compiled, err := want.Specs.Compile(want.Flavor, boot.ImageProperties)
	if err != nil {
		return nil, err
	}
	needs := compiled.Needs
	root := want.BlockDevices[openstack.BootBlock(want.BlockDevices)]
	source := bare(boot, needs, vmspec.RootAdapter(root.Bus, needs.Adapter))
	where, err := c.placeFor(ctx, want, 0, needs.StoragePolicy)
	if err != nil {
		return nil, err
	}
	want.Properties = vmspec.Meaningful(boot.ImageProperties)
	if err := c.complete(ctx, want, source, needs); err != nil {
		return nil, err
	}
	made, err := c.planned(ctx, want, compiled, source, where.policy)
	if err != nil {
		return nil, err
	}
	return c.sendCreation(ctx, made, want, where)
}

// CheckCustomized refuses vSphere's guest customization of an instance that boots from a volume: it is part of a clone.
func CheckCustomized(needs vmspec.Needs) error {
	if needs.Customization != "" {
		return fmt.Errorf("the volume's image asks for vSphere's guest customization, which a machine that is cloned gets: boot from the image " +
			"(source_type = \"image\"), or use an image with cloud-init")
	}
	return nil
}

// sendCreation makes the VM from nothing.
func (c *Servers) sendCreation(ctx context.Context, made *cloned, want *Request, where placement) (*cloned, error) {
	spec := reconfigure.New(made.want)
	spec.Name = property.EscapeName(want.Name)
	home := object.DatastorePath{Datastore: where.store.Name}
	spec.Files = &types.VirtualMachineFileInfo{VmPathName: home.String()}
	spec.ExtraConfig = append(spec.ExtraConfig, made.unfinished()...)
	made.begun = func(info types.TaskInfo) bool {
		return strings.HasPrefix(info.DescriptionId, "Folder.createVm") && info.Entity != nil && *info.Entity == where.folder
	}
	return c.makeVM(ctx, made, want, "CreateVM_Task", func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.CreateVM_Task(ctx, vim, &types.CreateVM_Task{This: where.folder, Config: spec, Pool: where.pool, Host: where.host})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}
