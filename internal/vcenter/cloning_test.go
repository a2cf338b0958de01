// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// TestAMachineThatIsBeingCloned: a VM being cloned has neither configuration nor host. It makes no list and no other look-up fail, and
// the error of reading it tells the reason.
func TestAMachineThatIsBeingCloned(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	web, half := made(t, c, "web"), made(t, c, "half")
	c = in(t, vc, "") // nothing is remembered
	vc.Cloning(types.ManagedObjectReference{Type: "VirtualMachine", Value: half.MoRef}, true)
	servers, unread, err := c.Machines.List(t.Context(), "")
	if err != nil || !slices.Equal(called(servers), []string{"web"}) || len(unread) != 1 {
		t.Errorf("instances: %v, %v, %v", called(servers), unread, err)
	} else {
		notShown(t, unread[0], "half", "still being cloned")
	}
	for what, ask := range map[string]func() error{
		"limits":   func() error { _, _, err := c.Machines.Limits(t.Context(), ""); return err },
		"by name":  func() error { _, err := c.Machines.ByName(t.Context(), "web"); return err },
		"by id":    func() error { _, err := c.Machines.ByID(t.Context(), web.ID); return err },
		"ports":    func() error { _, _, err := c.Machines.PortsOf(t.Context(), []string{web.ID}); return err },
		"strays":   func() error { _, _, err := c.Machines.Discover(t.Context()); return err },
		"nodes":    func() error { _, err := c.Inventory.Hypervisors(t.Context()); return err },
		"capacity": func() error { _, err := c.Inventory.Capacity(t.Context(), "nova"); return err },
		"records":  func() error { _, err := c.Records.Networks(t.Context()); return err },
		"image":    func() error { _, err := c.Images.Find(t.Context(), image.Query{Name: "debian-12"}); return err },
		"images": func() error {
			_, err := c.Images.Find(t.Context(), image.Query{NameRegex: regexp.MustCompile("^debian-12$")})
			return err
		},
		"another": func() error { _, err := c.Servers.Create(t.Context(), request(t, c, "another")); return err },
	} {
		if err := ask(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := c.Servers.Delete(t.Context(), machine.Key{ID: web.ID, MoRef: web.MoRef}, false); err != nil {
		t.Errorf("deleting another: %v", err)
	}
	_, err = c.Machines.Read(t.Context(), machine.Key{ID: half.ID, MoRef: half.MoRef})
	notShown(t, err, "half")
	_, err = c.Servers.Create(t.Context(), request(t, c, "half"))
	notShown(t, err, "half")
	vc.Cloning(types.ManagedObjectReference{Type: "VirtualMachine", Value: half.MoRef}, false)
	if s, err := c.Machines.Read(t.Context(), machine.Key{ID: half.ID, MoRef: half.MoRef}); err != nil || s.PowerState != openstack.Active {
		t.Errorf("once it is there: %+v, %v", s, err)
	}
}

// TestClonesOfOthersEnd: while other clones run all the time, the clone of a killed creation is only waited for up to ClonesPatience,
// once for all its ports.
func TestClonesOfOthersEnd(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var busy atomic.Bool
	c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if busy.Load() && strings.HasPrefix(call.Name, "RetrieveProperties") {
			return acctest.Refusal("RuntimeFault") // tasks that cannot be read are not over
		}
		return nil
	}))
	c.Machines.ClonesPatience = time.Second
	made(t, c, "web")
	busy.Store(true)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	if !c.Machines.Cloning(ctx, time.Now()) {
		t.Fatal("nothing is cloned, as it seems")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range 3 {
			c.Machines.AwaitClones(ctx, "6f1f4dd0-7a43-4e12-9be0-ac7c81a1f2f0", time.Now())
		}
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("it is still waited for")
	}
}
