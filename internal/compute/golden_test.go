// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// appliedRecordings are the numbers of the recordings that are applied. They cover everything that a flavor or an image can ask for,
// except what a vCenter refuses and Nova's simulator accepted (043 reserves more memory than there is).
var appliedRecordings = []string{"001", "002", "004", "009", "010", "012", "013", "015", "016", "018", "019", "021", "022", "025", "030",
	"031", "033", "036", "042", "046",
	"048", "049", "052", "061", "063", "066", "067", "069", "073", "075", "076", "078", "079", "082", "090", "093", "096", "097", "102", "103",
	"108",
	"111", "114", "115", "117"}

// facts holds the compared properties of a VM, as Nova requested them and as the vCenter holds them.
type facts struct {
	cpus, cores       int32
	memory            int64
	cpu, ram, storage string
	guest, firmware   string
	version           string
	nested            bool
	video             int64
	adapter           string
	disks             []int64
	cards             []string
	drives            []string // CD-ROMs with their places and what connects them
}

// allocated formats limit, reservation and level, with the shares where they are set by number.
func allocated(limit, reservation *int64, shares *types.SharesInfo) string {
	a := vmspec.Allocation(&types.ResourceAllocationInfo{Limit: limit, Reservation: reservation, Shares: shares})
	return fmt.Sprint(a)
}

// devicesOf fills in the facts about devices.
func (f *facts) devicesOf(devices []types.BaseVirtualDevice) {
	byKey := map[int32]types.BaseVirtualDevice{200: &types.VirtualIDEController{}}
	for _, device := range devices {
		byKey[device.GetVirtualDevice().Key] = device
	}
	for _, device := range devices {
		switch d := device.(type) {
		case *types.VirtualDisk:
			if len(f.disks) == 0 {
				f.adapter = fmt.Sprintf("%T", byKey[d.ControllerKey])
				if io := d.StorageIOAllocation; io != nil {
					reservation := int64(0)
					if io.Reservation != nil {
						reservation = int64(*io.Reservation)
					}
					f.storage = allocated(io.Limit, &reservation, io.Shares)
				}
			}
			f.disks = append(f.disks, d.CapacityInKB)
		case *types.VirtualCdrom:
			f.drives = append(f.drives, fmt.Sprintf("%T at %d:%d, %+v", d.Backing, d.ControllerKey, *d.UnitNumber, connects(d.Connectable)))
		case *types.VirtualMachineVideoCard:
			f.video = d.VideoRamSizeInKB
		case types.BaseVirtualEthernetCard:
			card, traffic := d.GetVirtualEthernetCard(), ""
			if r := card.ResourceAllocation; r != nil {
				traffic = allocated(r.Limit, r.Reservation, &r.Share)
			}
			f.cards = append(f.cards, fmt.Sprintf("%T %T %s", d, card.Backing, traffic))
		}
	}
}

// connects returns what is asked for of a device's connection, without how it stands at the moment.
func connects(c *types.VirtualDeviceConnectInfo) types.VirtualDeviceConnectInfo {
	return types.VirtualDeviceConnectInfo{StartConnected: c.StartConnected, Connected: c.Connected, AllowGuestControl: c.AllowGuestControl}
}

// novas returns the facts of Nova's request. Where the image names no adapter, the template's is used instead of Nova's.
func novas(t *testing.T, r recordings.Recording) facts {
	spec := r.Spawned(t)
	f := facts{cpus: spec.NumCPUs, cores: *spec.NumCoresPerSocket, memory: spec.MemoryMB, guest: spec.GuestId, firmware: spec.Firmware,
		version: spec.Version, nested: is(spec.NestedHVEnabled), cpu: fmt.Sprint(vmspec.Allocation(spec.CpuAllocation)),
		ram: fmt.Sprint(vmspec.Allocation(spec.MemoryAllocation))}
	var devices []types.BaseVirtualDevice
	for _, change := range spec.DeviceChange {
		devices = append(devices, change.GetVirtualDeviceConfigSpec().Device)
	}
	f.devicesOf(devices)
	return f
}

// held returns the facts of a VM, as far as Nova set them: all others are the template's or vSphere's defaults.
func held(vm mo.VirtualMachine, nova facts) facts {
	c := vm.Config
	f := facts{cpus: c.Hardware.NumCPU, cores: *c.Hardware.NumCoresPerSocket, memory: int64(c.Hardware.MemoryMB), guest: c.GuestId,
		firmware: c.Firmware, version: c.Version,
		nested: is(c.NestedHVEnabled), cpu: fmt.Sprint(vmspec.Allocation(c.CpuAllocation)),
		ram: fmt.Sprint(vmspec.Allocation(c.MemoryAllocation))}
	f.devicesOf(c.Hardware.Device)
	for _, open := range []struct {
		is, nova *string
	}{{&f.firmware, &nova.firmware}, {&f.version, &nova.version}, {&f.storage, &nova.storage}} {
		if *open.nova == "" {
			*open.is = ""
		}
	}
	if nova.video == 0 {
		f.video = 0
	}
	for i := range f.cards {
		if i < len(nova.cards) && strings.HasSuffix(nova.cards[i], " ") { // for a NIC without limits a vCenter shows none, or no limit
			f.cards[i] = strings.Join(strings.Split(f.cards[i], " ")[:2], " ") + " "
		}
	}
	return f
}

// imageFor makes a template of 1 GiB with an image's properties, on Nova's default adapter, LSI Logic.
func imageFor(t *testing.T, vc *acctest.VCenter, name string, properties map[string]string) {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	folder, err := finder.Folder(t.Context(), "/dc1/vm/images")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := finder.ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	lsi := &types.VirtualLsiLogicController{}
	lsi.Key, lsi.SharedBus = -1, types.VirtualSCSISharingNoSharing
	disk := &types.VirtualDisk{CapacityInKB: 1 << 20, VirtualDevice: types.VirtualDevice{Key: -2, ControllerKey: -1,
		UnitNumber: types.NewInt32(0),
		Backing:    &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}}}
	spec := types.VirtualMachineConfigSpec{Name: name, GuestId: "otherGuest", NumCPUs: 1, MemoryMB: 128, Version: "vmx-10",
		Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
			Device: lsi},
			&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
				FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate, Device: disk}}}
	for key, value := range properties {
		spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: "novasphere.image." + key, Value: value})
	}
	by(t, func(ctx context.Context) (*object.Task, error) { return folder.CreateVM(ctx, spec, pool, nil) })
	if err := machine(vc, "images/"+name).MarkAsTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// isoFor returns the ISO image of a recording as a user would write it: a file that the provider uploads.
func isoFor(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs("../acctest/testdata/install.iso")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("resource \"novasphere_images_image\" \"iso\" {\n  name = %q\n  disk_format = \"iso\"\n  container_format = "+
		"\"bare\"\n  local_file_path = %q\n}\n", name, filepath.ToSlash(file))
}

// holdsISO fails the test unless the one CD-ROM drive of a VM holds the file of isoFor, byte for byte.
func holdsISO(t *testing.T, vc *acctest.VCenter, vm mo.VirtualMachine) {
	t.Helper()
	want, err := os.ReadFile("../acctest/testdata/install.iso")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, device := range vm.Config.Hardware.Device {
		if backing, is := device.GetVirtualDevice().Backing.(*types.VirtualCdromIsoBackingInfo); is {
			files = append(files, backing.FileName)
		}
	}
	if len(files) != 1 || !bytes.Equal(vc.ReadFile(files[0]), want) {
		t.Errorf("the drives hold %v, and not one the image's file", files)
	}
}

// configFor returns a recording's instance as a user would write it.
func configFor(r recordings.Recording, i int) string {
	f, out, image := r.Flavor(), strings.Builder{}, strconv.Quote("image-"+r.Name)
	if r.Input.Image.DiskFormat == "iso" {
		image = "novasphere_images_image.iso.name"
	}
	fmt.Fprintf(&out, "resource \"novasphere_compute_flavor\" \"f%d\" {\n  name = \"f%d\"\n  vcpus = %d\n  ram = %d\n  disk = %d\n  "+
		"ephemeral = %d\n  swap = %d\n  extra_specs = {\n", i, i, f.VCPUs, f.RAM, f.Disk, f.Ephemeral, f.Swap)
	for key, value := range f.ExtraSpecs {
		fmt.Fprintf(&out, "    %q = %q\n", key, value)
	}
	fmt.Fprintf(&out, "  }\n}\nresource \"novasphere_compute_instance\" \"i%d\" {\n  name = %q\n  flavor_name = "+
		"novasphere_compute_flavor.f%d.name\n  image_name = %s\n  wait_for_ip = \"0s\"\n", i, r.Name, i, image)
	for range r.Input.Networks {
		out.WriteString("  network { name = \"public\" }\n")
	}
	return out.String() + "}\n"
}

// TestAccGolden: the vCenter holds for our instance what Nova requested for its own.
func TestAccGolden(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := ""
	var all []recordings.Recording
	for _, r := range recordings.Condensed(t) {
		if slices.Contains(appliedRecordings, r.Name[:3]) {
			config += configFor(r, len(all))
			all = append(all, r)
			if r.Input.Image.DiskFormat == "iso" {
				config += isoFor(t, "image-"+r.Name)
				continue
			}
			imageFor(t, vc, "image-"+r.Name, r.Properties())
		}
	}
	if len(all) < 30 {
		t.Fatalf("%s recordings are applied", strconv.Itoa(len(all)))
	}
	compare := func() error {
		for _, r := range all {
			t.Run(r.Name, func(t *testing.T) {
				want, vm := novas(t, r), vc.VM("OpenStack/"+r.Name)
				if r.Input.Image.DiskFormat == "iso" {
					holdsISO(t, vc, vm)
				}
				if have := held(vm, want); fmt.Sprintf("%+v", have) != fmt.Sprintf("%+v", want) {
					t.Errorf("the vCenter holds\n%+v\nNova asked for\n%+v", have, want)
				}
			})
		}
		return nil
	}
	config = vc.Config("", config)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: config, Check: acctest.Check(compare)}, {Config: config, PlanOnly: true}},
	})
}
