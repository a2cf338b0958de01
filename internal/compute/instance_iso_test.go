// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// isoItem puts an ISO image into the content library, as people do.
func isoItem(t *testing.T, vc *acctest.VCenter, name string, content []byte) (id string) {
	t.Helper()
	client, err := vc.REST(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := library.NewManager(client)
	lib, err := m.GetLibraryByName(t.Context(), vcsim.LibraryName)
	if err == nil {
		id, err = m.CreateLibraryItem(t.Context(), library.Item{LibraryID: lib.ID, Name: name, Type: library.ItemTypeISO})
	}
	session, failed := m.CreateLibraryItemUpdateSession(t.Context(), library.Session{LibraryItemID: id})
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	file, err := m.AddLibraryItemFile(t.Context(), session, library.UpdateFile{Name: name + ".iso", SourceType: "PUSH",
		Size: int64(len(content))})
	if err != nil {
		t.Fatal(err)
	}
	to, err := m.ParseURL(file.UploadEndpoint.URI)
	if err != nil {
		t.Fatal(err)
	}
	p := soap.DefaultUpload
	p.ContentLength, p.Headers = int64(len(content)), map[string]string{"vmware-api-session-id": session}
	if err := errors.Join(m.Client.Upload(t.Context(), bytes.NewReader(content), to, &p),
		m.CompleteLibraryItemUpdateSession(t.Context(), session)); err != nil {
		t.Fatal(err)
	}
	return id
}

// drives are the ISO files in a VM's drives, with their places, and its disks with theirs, in MiB.
func drives(vm mo.VirtualMachine) (out []string) {
	for _, device := range vm.Config.Hardware.Device {
		d := device.GetVirtualDevice()
		switch backing := d.Backing.(type) {
		case *types.VirtualCdromIsoBackingInfo:
			_, file, _ := strings.Cut(backing.FileName, "/")
			if strings.Contains(file, "/") {
				_, file, _ = strings.Cut(file, "/")
			}
			out = append(out, fmt.Sprintf("%d:%d %s", d.ControllerKey, *d.UnitNumber, file))
		case *types.VirtualDiskFlatVer2BackingInfo:
			out = append(out, fmt.Sprintf("%d:%d %d", d.ControllerKey, *d.UnitNumber, device.(*types.VirtualDisk).CapacityInKB>>10))
		}
	}
	return out
}

// TestAccInstanceOfISO: an instance of an ISO image has it in its drive, and a blank disk of its flavor's size beside it.
func TestAccInstanceOfISO(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	isoItem(t, vc, "install", []byte("an installer"))
	const arguments = "name = \"web\"\n  config_drive = true\n  network { name = \"public\" }\n"
	iso := func(arguments string) string {
		return strings.Replace(vc.Config("", plain(arguments)), `"debian-12"`, `"install"`, 1)
	}
	diskless := strings.Replace(iso(arguments), "disk  = 20", "disk  = 0", 1)
	var file string
	has := func(want ...string) resource.TestCheckFunc {
		return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			for _, device := range vm.Config.Hardware.Device {
				if backing, ok := device.GetVirtualDevice().Backing.(*types.VirtualCdromIsoBackingInfo); ok &&
					strings.HasSuffix(backing.FileName, "install.iso") {
					file = backing.FileName
				}
			}
			return differ(map[string]any{"drives": fmt.Sprint(drives(vm)), "power": string(vm.Runtime.PowerState)},
				map[string]any{"drives": fmt.Sprint(want), "power": "poweredOn"})
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy: resource.ComposeTestCheckFunc(destroyed(vc), acctest.Check(func() error {
			if held := string(vc.ReadFile(file)); held != "an installer" {
				return fmt.Errorf("the library holds %q", held)
			}
			return nil
		})),
		Steps: []resource.TestStep{
			{Config: diskless, Check: has("200:0 install.iso", "200:1 configdrive.iso")},
			{Config: diskless, PlanOnly: true},
			// no resize gives a disk, as in Nova; another image_name makes it anew
			{Config: iso(arguments), Check: has("200:0 install.iso", "200:1 configdrive.iso")},
			{Config: iso(arguments), PlanOnly: true},
			{Config: vc.Config("", plain(arguments))},
			{Config: iso(arguments), Check: has("1000:0 20480", "200:0 install.iso", "200:1 configdrive.iso")},
			{Config: iso(arguments), PlanOnly: true},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
		},
	})
}

// TestAccNoVolumeOfISO: an ISO image has no disk of which a volume could be made.
func TestAccNoVolumeOfISO(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	id := isoItem(t, vc, "install", []byte("an installer"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", strings.Replace(plain("name = \"web\"\n  block_device {\n  uuid = \""+id+"\"\n  source_type = \"image\"\n"+
				"  destination_type = \"volume\"\n  volume_size = 5\n  boot_index = 0\n  }\n"), "  image_name  = \"debian-12\"\n", "", 1)),
				ExpectError: says("the image install is an ISO image, of which no volume can be made")},
			{Config: vc.Config("", "data \"novasphere_images_image\" \"iso\" { name = \"install\" }\n"+
				"resource \"novasphere_blockstorage_volume\" \"v\" {\n  size = 1\n  image_id = data.novasphere_images_image.iso.id\n}\n"),
				ExpectError: says("the image install is an ISO image, of which no volume can be made")},
			{Config: vc.Config("", "data \"novasphere_images_image\" \"iso\" { name = \"install\" }\n"),
				Check: resource.TestCheckResourceAttr("data.novasphere_images_image.iso", "disk_format", "iso")},
		},
	})
}
