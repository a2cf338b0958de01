// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ImageFolder holds the templates, below the datacenter's VM folder.
const ImageFolder = "images"

// image is a template as somebody would have made it by hand.
type image struct {
	name, guestID string
	disk, memory  int64 // bytes
	cpus          int32
	secure        bool
	properties    map[string]string
}

// The images of the inventory. Properties are those of Glance, under the prefix of this project.
var images = []image{
	{
		name: "debian-12", guestID: string(types.VirtualMachineGuestOsIdentifierDebian12_64Guest),
		disk: 2 * base.GiB, memory: base.GiB, cpus: 1,
		properties: map[string]string{"novasphere.image.hw_vif_model": "VirtualVmxnet3"},
	},
	{
		name: "ubuntu-24.04", guestID: string(types.VirtualMachineGuestOsIdentifierUbuntu64Guest),
		disk: 3 * base.GiB, memory: base.GiB, cpus: 1,
	},
	{
		name: "windows-2022", guestID: string(types.VirtualMachineGuestOsIdentifierWindows2019srvNext_64Guest),
		disk: 20 * base.GiB, memory: 4 * base.GiB, cpus: 2, secure: true,
	},
}

// Keys of the devices a template is made of; a real vCenter gives these numbers to the first of each kind.
const (
	controllerKey = 1000
	diskKey       = 2000
	nicKey        = 4000
)

func (d *datacenter) addImages() error {
	parent := d.folder(d.VmFolder)
	body := parent.CreateFolder(d.ctx(), &types.CreateFolder{This: parent.Self, Name: ImageFolder}).(*methods.CreateFolderBody)
	if body.Fault_ != nil {
		return fmt.Errorf("creating the folder: %s", body.Fault_.String)
	}
	folder := d.folder(body.Res.Returnval)
	for _, i := range images {
		ref, err := d.create(folder, d.imageSpec(i))
		if err != nil {
			return fmt.Errorf("creating %s: %w", i.name, err)
		}
		vm := base.Get[*simulator.VirtualMachine](d.ctx(), ref)
		vm.Summary.Config.Annotation = vm.Config.Annotation
		vm.MarkAsTemplate(&types.MarkAsTemplate{This: ref})
	}
	return nil
}

// create makes a virtual machine on the first host.
func (d *datacenter) create(folder *simulator.Folder, spec types.VirtualMachineConfigSpec) (types.ManagedObjectReference, error) {
	cluster := d.ctx().Map.FindByName(clusterName(1), d.folder(d.HostFolder).ChildEntity).(*simulator.ClusterComputeResource)
	return made(d.ctx(), base.TaskOf(folder.CreateVMTask(d.ctx(), &types.CreateVM_Task{
		This: folder.Self, Config: spec, Pool: *cluster.ResourcePool, Host: &d.hosts[0],
	})))
}

func (d *datacenter) imageSpec(i image) types.VirtualMachineConfigSpec {
	spec := types.VirtualMachineConfigSpec{
		Name: i.name, GuestId: i.guestID, Version: "vmx-19", Annotation: "The image " + i.name, NumCPUs: i.cpus,
		NumCoresPerSocket: types.NewInt32(1), MemoryMB: i.memory / base.MiB, Firmware: string(types.GuestOsDescriptorFirmwareTypeEfi),
		Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}, DeviceChange: d.imageDevices(i),
	}
	if i.secure {
		spec.BootOptions = &types.VirtualMachineBootOptions{EfiSecureBootEnabled: types.NewBool(true)}
	}
	for key, value := range i.properties {
		spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: key, Value: value})
	}
	return spec
}

func (d *datacenter) imageDevices(i image) []types.BaseVirtualDeviceConfigSpec {
	controller := &types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
		SharedBus:         types.VirtualSCSISharingNoSharing,
		VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: controllerKey}},
	}}
	disk := &types.VirtualDisk{
		VirtualDevice: types.VirtualDevice{
			Key: diskKey, ControllerKey: controllerKey, UnitNumber: types.NewInt32(0),
			Backing: &types.VirtualDiskFlatVer2BackingInfo{
				DiskMode: string(types.VirtualDiskModePersistent), ThinProvisioned: types.NewBool(true),
			},
		},
		CapacityInBytes: i.disk, CapacityInKB: i.disk / 1024,
	}
	nic := &types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{
		VirtualDevice: types.VirtualDevice{
			Key: nicKey, ControllerKey: 100, UnitNumber: types.NewInt32(7), Backing: d.backing("private"),
			Connectable: &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true},
		},
		AddressType: string(types.VirtualEthernetCardMacTypeAssigned),
	}}}
	return []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: controller},
		&types.VirtualDeviceConfigSpec{
			Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: disk,
			FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate,
		},
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: nic},
	}
}

// backing joins a NIC to a portgroup of the datacenter.
func (d *datacenter) backing(name string) types.BaseVirtualDeviceBackingInfo {
	pg := d.ctx().Map.FindByName(name, d.Network).(*simulator.DistributedVirtualPortgroup)
	dvs := base.Get[*simulator.DistributedVirtualSwitch](d.ctx(), *pg.Config.DistributedVirtualSwitch)
	return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
		Port: types.DistributedVirtualSwitchPortConnection{PortgroupKey: pg.Key, SwitchUuid: dvs.Uuid},
	}
}
