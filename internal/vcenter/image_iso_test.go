// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// isoTemplate is an ISO image that is to be a template.
func isoTemplate(name string) image.Request {
	return image.Request{ImageSpec: openstack.ImageSpec{Name: name, DiskFormat: "iso", Container: "bare", Storage: openstack.StoredAsTemplate,
		Properties: map[string]string{"hw_firmware_type": "uefi"}}, Content: isoContent("an installer")}
}

// holdsISO compares what the vCenter has of an ISO image.
func (l *itemLab) holdsISO(i openstack.Image) (file string) {
	l.Helper()
	found, err := l.Images.ByID(l.Context(), i.ID)
	if err != nil {
		l.Fatal(err)
	}
	iso, err := l.Images.CDROM(l.Context(), found)
	if err != nil {
		l.Fatal(err)
	}
	if found.DiskFormat != "iso" || hardware.RootDisk(found.Config.Hardware.Device) != nil || found.Config.Firmware != "efi" ||
		!strings.HasSuffix(iso.File, " "+i.Name+"/image.iso") {
		l.Errorf("the image is %+v with %+v", found.Image, iso)
	}
	if held := string(l.vc.ReadFile(iso.File)); held != "an installer" {
		l.Errorf("%s holds %q", iso.File, held)
	}
	if all := l.vc.VMs("novasphere/images/*"); len(all) != 1 {
		l.Errorf("there are %d VMs of images", len(all))
	}
	return iso.File
}

// TestISOTemplate: an ISO image is a template with a drive, and goes with its file.
func TestISOTemplate(t *testing.T) {
	t.Parallel()
	l := itemLabOf(t, vcsim.Options{})
	made, err := l.Images.Create(t.Context(), isoTemplate("install"))
	if err != nil {
		t.Fatal(err)
	}
	file := l.holdsISO(made)
	again, err := l.Images.Create(t.Context(), isoTemplate("install"))
	if err == nil || again.ID != "" {
		t.Errorf("a second one of the name is %+v", again)
	}
	if err := l.Images.Delete(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	l.gone(file)
}

// gone finds nothing of an ISO image.
func (l *itemLab) gone(file string) {
	l.Helper()
	if left := l.vc.VMs("novasphere/images/*"); len(left) > 0 {
		l.Errorf("%s is left", left[0].Name)
	}
	if file == "" {
		return
	}
	if _, err := os.Stat(strings.Replace(l.path(file), "-flat.vmdk", "", 1)); !errors.Is(err, fs.ErrNotExist) {
		l.Errorf("%s is left: %v", file, err)
	}
}

var isoCalls = []string{"CreateVM_Task", "PUT /folder/install/image.iso", "ReconfigVM_Task", "MarkAsTemplate"}

// TestLostISOTemplate cuts the connection at each call that makes an ISO template: there is one in the end, whole.
func TestLostISOTemplate(t *testing.T) {
	t.Parallel()
	for _, call := range isoCalls {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				l := itemLabOf(t, vcsim.Options{})
				l.Images.Uploads.Pause = 0
				l.ready()
				l.wire.Cut(call, cut)
				made, err := l.Images.Create(t.Context(), isoTemplate("install"))
				if err != nil {
					t.Fatal(err)
				}
				l.holdsISO(made)
				if calls, _ := l.wire.Take(); calls[call] == 0 {
					t.Errorf("the calls were %v", calls)
				}
			})
		}
	}
}

// ready makes what all images share, so that the next call of a kind is an image's own.
func (l *itemLab) ready() {
	l.Helper()
	made, err := l.Images.Create(l.Context(), isoTemplate("first"))
	if err == nil {
		err = l.Images.Delete(l.Context(), made.ID)
	}
	if err != nil {
		l.Fatal(err)
	}
	l.wire.Take()
}

// TestKilledISOTemplate: what a killed creation has left is taken up, or removed and made anew.
func TestKilledISOTemplate(t *testing.T) {
	t.Parallel()
	for _, call := range isoCalls {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			l := itemLabOf(t, vcsim.Options{})
			l.ready()
			if _, err := l.killedAt(call).Images.Create(t.Context(), isoTemplate("install")); err == nil {
				t.Fatal("it was not killed")
			}
			made, err := l.Images.Create(t.Context(), isoTemplate("install"))
			if err != nil {
				t.Fatal(err)
			}
			l.holdsISO(made)
		})
	}
}

// TestISOTemplateRefused: a vCenter that does not take the file leaves nothing of the image.
func TestISOTemplateRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var asked atomic.Int32
	between := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if !strings.HasPrefix(c.Name, "PUT /folder/") {
			return nil
		}
		asked.Add(1)
		out := httptest.NewRecorder()
		out.Code = 507
		return out
	})
	l := &itemLab{&volumeLab{t, vc, nil, clientOver(t, vc, between)}, nil}
	_, err := l.Images.Create(t.Context(), isoTemplate("install"))
	refusedAs(t, err, "507")
	if asked.Load() != 1 {
		t.Error(fmt.Sprint("asked ", asked.Load(), " times"))
	}
	l.gone("")
}
