// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/attachments"
)

// refusing is a vCenter that answers the first calls of a name with a fault.
func refusing(t *testing.T, call, fault string, times int32) (l *volumeLab, sent *atomic.Int32) {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	sent = new(atomic.Int32)
	wire := vc.Between(t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == call && sent.Add(1) <= times {
			return acctest.Refusal(fault)
		}
		return ask()
	})
	return &volumeLab{t, vc, wire, clientOver(t, vc, wire)}, sent
}

// TestAttachmentRefused: what each fault of an attachment comes to. Most tell nothing final: the machine is looked at again, and another
// attempt made.
func TestAttachmentRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault string
		times int32 // how often it comes
		sent  int32 // how often the call is sent at most
		says  string
	}{
		{"TaskInProgress", 1, 2, ""},
		{"ConcurrentAccess", 3, 4, ""},
		{"InvalidDeviceSpec", 2, 3, ""},
		{"InvalidDeviceSpec", 99, 5, "attaching the volume data, on the datastore vmfs-1, to web failed"},
		{"InvalidController", 1, 2, ""},
		{"NotFound", 1, 2, ""},
		{"ResourceInUse", 1, 2, ""},
		{"ResourceInUse", 99, 3, "the vCenter calls the volume data in use, and no machine has it: a snapshot of a machine"},
		{"InvalidState", 99, 6, "the vCenter calls the volume data in use, and no machine has it"},
		{"NoDiskSpace", 99, 1, "has not enough space left"},
		{"InvalidDatastore", 99, 1, "attaching the volume data, on the datastore vmfs-1, to web failed"},
	} {
		t.Run(fmt.Sprintf("%s %d", c.fault, c.times), func(t *testing.T) {
			t.Parallel()
			l, sent := refusing(t, "AttachDisk_Task", c.fault, c.times)
			server, v := made(t, l.Client, "web"), l.create("data", 1)
			a, err := l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: v.ID, ServerID: server.ID})
			has := l.has(server)[v.ID] != nil
			switch {
			case c.says == "" && (err != nil || !has || a.Place != "scsi0:1"):
				t.Errorf("%+v, %v", a, err)
			case c.says != "" && (err == nil || has || !strings.Contains(err.Error(), c.says)):
				t.Errorf("%+v: %v, and not %q", a, err, c.says)
			}
			if sent.Load() > c.sent {
				t.Errorf("it was sent %d times", sent.Load())
			}
		})
	}
}

// TestFullController: a controller that the vCenter calls full, whatever it looks like, is left alone: the next one, which is added, takes
// the volume.
func TestFullController(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"TooManyDevices", "MissingController"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			l, _ := refusing(t, "AttachDisk_Task", fault, 1)
			server, v := made(t, l.Client, "web"), l.create("data", 1)
			if a := l.give(server, v); a.Place != "scsi1:0" {
				t.Errorf("it is at %s", a.Place)
			}
		})
	}
}

// TestDetachmentRefused: a volume stays where the vCenter does not detach it, and the error says which and why; a refusal about another
// task is waited out.
func TestDetachmentRefused(t *testing.T) {
	t.Parallel()
	for fault, says := range map[string]string{"TaskInProgress": "", "ConcurrentAccess": "", "NotFound": "detaching the volume ",
		"InvalidDeviceSpec": "detaching the volume "} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			l, _ := refusing(t, "DetachDisk_Task", fault, 1)
			server, v := made(t, l.Client, "web"), l.create("data", 1)
			l.give(server, v)
			err := l.Attachments.Detach(t.Context(), server.ID, v.ID)
			if has := l.has(server)[v.ID] != nil; has != (says != "") {
				t.Errorf("it is attached: %v", has)
			}
			if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
				t.Errorf("%v, and not %q", err, says)
			}
		})
	}
	t.Run("no machine", func(t *testing.T) {
		t.Parallel()
		l := volumeLabOf(t, vcsim.Options{})
		server, v := made(t, l.Client, "web"), l.create("data", 1)
		l.give(server, v)
		if err := l.Delete(server); err != nil {
			t.Fatal(err)
		}
		if err := l.Attachments.Detach(t.Context(), server.ID, v.ID); err != nil {
			t.Error(err)
		}
		_, err := l.Attachments.Read(t.Context(), server.ID, v.ID)
		refusedAs(t, err, "no VM has the instance UUID")
		_, err = l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: v.ID, ServerID: server.ID})
		refusedAs(t, err, "instance_id: ")
	})
}
