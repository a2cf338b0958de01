package vcenter_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// killedAfter is a client that dies after so many changes of machines, counted from when it is told to: nothing it sends arrives any more.
func killedAfter(t *testing.T, vc *acctest.VCenter, changes int32) (c *vcenter.Client, count func()) {
	t.Helper()
	var counting, dead atomic.Bool
	var seen atomic.Int32
	c = clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if counting.Load() && call.Name == "ReconfigVM_Task" && seen.Add(1) > changes {
			dead.Store(true)
		}
		if dead.Load() {
			return acctest.Refusal("RestrictedVersion")
		}
		return nil
	}))
	return c, func() { counting.Store(true) }
}

// The changes of a machine that one change is, where the vCenter refuses parameters of a running machine: it is refused, written into the
// catalogue, sent to the machine, and marked as complete.
const (
	afterRefusal = iota + 1
	afterRecord
	afterMachine
)

func keyOf(s openstack.Server) vcenter.ServerKey { return vcenter.ServerKey{ID: s.ID, MoRef: s.MoRef} }

func pendingIn(vc *acctest.VCenter) (keys []string) {
	for key := range vc.Catalogue() {
		if strings.HasPrefix(key, "novasphere.pending.") {
			keys = append(keys, key)
		}
	}
	return keys
}

// settle has everything on the machine that waited for it, and nothing in the catalogue: the change of one that is off takes it along.
func settle(t *testing.T, vc *acctest.VCenter, c *vcenter.Client, s openstack.Server) openstack.Server {
	t.Helper()
	now, err := c.ReadServer(t.Context(), keyOf(s))
	if err != nil {
		t.Fatal(err)
	}
	now.NICs = now.Plugged()
	was := vc.Parameters(vc.VM("OpenStack/" + s.Name))
	now.PowerState = openstack.Shutoff
	if now, err = c.UpdateServer(t.Context(), keyOf(s), vcenter.ServerUpdate{ServerSpec: now.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	if now.PowerState == openstack.Shutoff && len(pendingIn(vc)) > 0 { // it was stopped after it was changed
		now.Tags = append(now.Tags, "off")
		if now, err = c.UpdateServer(t.Context(), keyOf(s), vcenter.ServerUpdate{ServerSpec: now.ServerSpec}); err != nil {
			t.Fatal(err)
		}
	}
	is := acctest.Extra(vc.VM("OpenStack/" + s.Name))
	for key, value := range was {
		ours := key == "novasphere.mark" || key == "novasphere.placement" || strings.HasPrefix(key, "nvp.")
		if ours && is[key] != value {
			t.Errorf("%s is %q on the machine, and was %q", key, is[key], value)
		}
	}
	if left := pendingIn(vc); len(left) > 0 || is["guestinfo.novasphere.pending"] != "" {
		t.Errorf("%v and the hint %q are left", left, is["guestinfo.novasphere.pending"])
	}
	return now
}

// A process is killed at every step of an attachment: what is read then is what the machine has, and attaching anew makes it whole.
func TestKilledAttachment(t *testing.T) {
	t.Parallel()
	for _, killed := range []int32{afterRefusal, afterRecord, afterMachine} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		c, count := killedAfter(t, vc, killed)
		server := made(t, c, "web")
		network, err := c.Networks.Network(t.Context(), "", "private")
		if err != nil {
			t.Fatal(err)
		}
		count()
		nic := openstack.NIC{Port: "11111111-1111-4111-8111-111111111111", MAC: "00:50:56:11:11:11"}
		if _, err := c.AttachInterface(t.Context(), server.ID, network, nic); err == nil {
			t.Fatal("a process that was killed is content")
		}
		other := in(t, vc, "")
		there := killed >= afterMachine
		now, err := other.ReadServer(t.Context(), keyOf(server))
		if err != nil || len(now.NICs) != map[bool]int{false: 1, true: 2}[there] || len(now.Plugged()) != 1 {
			t.Errorf("killed after %d: %+v, %v", killed, now.NICs, err)
		}
		if found, err := other.Interface(t.Context(), server.ID, nic.Port); there && (err != nil || found.MAC != nic.MAC) || !there &&
			!errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("killed after %d: it is found as %+v, %v", killed, found, err)
		}
		if _, err := other.AttachInterface(t.Context(), server.ID, network, nic); err != nil {
			t.Fatal(err)
		}
		attach(t, server.ID, 1, other)
		whole(t, vc, 3)
		settle(t, vc, other, server)
		whole(t, vc, 3)
	}
}

// Likewise where one is taken off.
func TestKilledDetachment(t *testing.T) {
	t.Parallel()
	for _, killed := range []int32{afterRefusal, afterRecord, afterMachine} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		c, count := killedAfter(t, vc, killed-1) // it has been refused before, so that it does not ask again
		server := made(t, c, "web")
		nics := attach(t, server.ID, 2, c)
		count()
		if err := c.DetachInterface(t.Context(), server.ID, nics[0].Port); err == nil {
			t.Fatal("a process that was killed is content")
		}
		other := in(t, vc, "")
		gone := killed >= afterMachine
		found, err := other.Interface(t.Context(), server.ID, nics[0].Port)
		if gone && !errors.Is(err, openstack.ErrNotFound) || !gone && (err != nil || found.MAC != nics[0].MAC) {
			t.Errorf("killed after %d: it is found as %+v, %v", killed, found, err)
		}
		if kept, err := other.Interface(t.Context(), server.ID, nics[1].Port); err != nil || kept.MAC != nics[1].MAC {
			t.Errorf("killed after %d: the other is %+v, %v", killed, kept, err)
		}
		if err := other.DetachInterface(t.Context(), server.ID, nics[0].Port); err != nil {
			t.Fatal(err)
		}
		attach(t, server.ID, 1, other)
		whole(t, vc, 3)
		settle(t, vc, other, server)
		whole(t, vc, 3)
	}
}

// hot is a flavor that a running guest can grow to.
func hot(vcpus int64) openstack.Flavor {
	return openstack.Flavor{ID: "hot", Name: "m1.hot", VCPUs: vcpus, RAM: 4096, Disk: 5 + vcpus, RxTxFactor: 1,
		ExtraSpecs: map[string]string{"vmware:cpu_hot_add": "true"}}
}

// Likewise where it is resized, renamed and described otherwise: until all of it is known to have come about, the former description
// counts, so that the next change does what is missing.
func TestKilledChange(t *testing.T) {
	t.Parallel()
	for _, killed := range []int32{afterRefusal, afterRecord, afterMachine} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		c, count := killedAfter(t, vc, killed)
		want := request(t, c, "web")
		want.Flavor, want.Tags = hot(1), []string{"old"}
		server, err := c.CreateServer(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		count()
		next := server
		next.Flavor, next.Tags, next.Metadata, next.Description, next.Name = hot(2), []string{"new"}, map[string]string{"role": "db"}, "grown",
			"db"
		if _, err := c.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: next.ServerSpec}); err == nil {
			t.Fatal("a process that was killed is content")
		}
		other := in(t, vc, "")
		now, err := other.ReadServer(t.Context(), keyOf(server))
		if err != nil || !now.Flavor.Same(hot(1)) || now.Description != "" || !slices.Equal(now.Tags, []string{"old"}) ||
			now.Metadata["role"] != "web" {
			t.Errorf("killed after %d: it is recorded as %+v, %v", killed, now, err)
		}
		if grown := killed >= afterMachine; (now.VCPUs == 2) != grown || (now.Disk == 7) != grown || (now.Name == "db") != grown {
			t.Errorf("killed after %d: %s has %d vcpus and %d GiB", killed, now.Name, now.VCPUs, now.Disk)
		}
		vc.ResetCalls()
		now, err = other.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: next.ServerSpec})
		if err != nil || !now.Flavor.Same(hot(2)) || now.VCPUs != 2 || now.Disk != 7 || now.Description != "grown" ||
			now.Metadata["role"] != "db" || now.Name != "db" || len(now.Untold) > 0 {
			t.Errorf("killed after %d: after another change it is %+v, %v", killed, now, err)
		}
		if calls := powerCallsOf(vc); calls.shutdowns+calls.offs+calls.starts > 0 {
			t.Errorf("a running guest was stopped: %+v", calls)
		}
		last := settle(t, vc, other, now)
		if !last.Flavor.Same(hot(2)) || last.Metadata["role"] != "db" || last.Description != "grown" {
			t.Errorf("once it is off it is %+v", last)
		}
	}
}

// Where a process is killed between giving the machine what waited for it and taking it out of the catalogue, the machine's own counts.
func TestKilledMerge(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first := in(t, vc, "")
	server := made(t, first, "web")
	server.Tags = []string{"live"}
	if _, err := first.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	off(t, vc, "OpenStack/web")
	c, count := killedAfter(t, vc, 1)
	count()
	server.Tags, server.PowerState = []string{"off"}, openstack.Shutoff
	_, _ = c.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec})
	if len(pendingIn(vc)) != 1 {
		t.Fatal("the catalogue keeps nothing, so that this shows nothing")
	}
	other := in(t, vc, "")
	if now, err := other.ReadServer(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Tags, []string{"off"}) {
		t.Errorf("the tags are %v, %v", now.Tags, err)
	}
	server.Tags = []string{"again"}
	if _, err := other.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	if now, err := in(t, vc, "").ReadServer(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Tags, []string{"again"}) ||
		len(pendingIn(vc)) > 0 {
		t.Errorf("the tags are %v, %v; %v waits", now.Tags, err, pendingIn(vc))
	}
}

// off has a machine powered off by somebody else.
func off(t *testing.T, vc *acctest.VCenter, path string) {
	t.Helper()
	task, err := object.NewVirtualMachine(vc.Client().Client, vc.VM(path).Self).PowerOff(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// One refused call tells a process which vCenter it is; a change that would be refused anyway tells it nothing, and leaves nothing.
func TestRefusedOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	c := in(t, vc, "")
	server := made(t, c, "web")
	for i, want := range []int{4, 3, 3} {
		vc.ResetCalls()
		server.Tags = append(server.Tags, "one more")
		now, err := c.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec})
		if err != nil || !slices.Equal(now.Tags, server.Tags) {
			t.Fatalf("%v, %v", now.Tags, err)
		}
		if calls := powerCallsOf(vc); calls != (powerCalls{changes: want}) {
			t.Errorf("change %d: %+v", i, calls)
		}
	}
	if now, err := in(t, vc, "").ReadServer(t.Context(), keyOf(server)); err != nil || len(now.Tags) != 3 {
		t.Errorf("another process reads %v, %v", now.Tags, err)
	}
	if err := c.DeleteServer(t.Context(), keyOf(server), false); err != nil {
		t.Fatal(err)
	}
	if left := pendingIn(vc); len(left) > 0 {
		t.Errorf("its machine is gone, and %v is left", left)
	}
}

// A change that the vCenter refuses for another reason leaves the machine and the catalogue as they were.
func TestRefusedForAnotherReason(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"nothing waits": false, "something waits": true} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		var refuse atomic.Bool
		c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if refuse.Load() && call.Name == "ReconfigVM_Task" && strings.Contains(string(call.Body), "<deviceChange") {
				return acctest.Refusal("InvalidPowerState")
			}
			return nil
		}))
		server := made(t, c, "web")
		if before {
			server.Tags = []string{"waits"}
			if _, err := c.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec}); err != nil {
				t.Fatal(err)
			}
		}
		refuse.Store(true)
		network, err := c.Networks.Network(t.Context(), "", "private")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.AttachInterface(t.Context(), server.ID, network, openstack.NIC{}); err == nil {
			t.Fatal("it was refused nothing")
		}
		whole(t, vc, 1)
		if left := pendingIn(vc); len(left) != map[bool]int{false: 0, true: 1}[before] {
			t.Errorf("%s: %v is left", name, left)
		}
		if now, err := in(t, vc, "").ReadServer(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Tags, server.Tags) ||
			len(now.NICs) != 1 {
			t.Errorf("%s: %v %+v, %v", name, now.Tags, now.NICs, err)
		}
	}
}

// What another process has left in the catalogue is seen by one that has read that before, and counts in its changes.
func TestPendingOfAnotherProcess(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first, second := in(t, vc, ""), in(t, vc, "")
	server := made(t, first, "web")
	for range 2 {
		if _, err := second.ReadServer(t.Context(), keyOf(server)); err != nil {
			t.Fatal(err)
		}
	}
	nic := attach(t, server.ID, 1, first)[0]
	if found, err := second.Interface(t.Context(), server.ID, nic.Port); err != nil || found.MAC != nic.MAC {
		t.Errorf("%+v, %v", found, err)
	}
	attach(t, server.ID, 2, second)
	attach(t, server.ID, 2, first)
	whole(t, vc, 6)
	for name, list := range map[string]func() ([]openstack.Server, []error,
		error){"list": func() ([]openstack.Server, []error, error) { return in(t, vc, "").Servers(t.Context(), "") }} {
		all, unread, err := list()
		if err != nil || len(unread) > 0 || len(all) != 1 || len(all[0].NICs) != 6 || len(all[0].Plugged()) != 1 {
			t.Errorf("%s: %+v, %v %v", name, all, unread, err)
		}
	}
	ports, _, err := in(t, vc, "").PortsOf(t.Context(), []string{server.ID})
	if err != nil || !ports[nic.Port] || len(ports) != 6 {
		t.Errorf("its ports are %v, %v", ports, err)
	}
}

// Where there is no catalogue, that is found out once, whatever is read.
func TestNoCatalogueIsFoundOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	server := made(t, in(t, vc, ""), "web")
	c := in(t, vc, "")
	if _, err := c.ReadServer(t.Context(), keyOf(server)); err != nil {
		t.Fatal(err)
	}
	vc.ResetCalls()
	for range 3 {
		if _, err := c.ReadServer(t.Context(), keyOf(server)); err != nil {
			t.Fatal(err)
		}
	}
	if calls := vc.Calls(); len(calls) != 1 || calls["RetrievePropertiesEx"] != 3 {
		t.Errorf("three reads are %v", calls)
	}
}

// toldAtBoot is what a guest was told of itself at its last boot.
func toldAtBoot(t *testing.T, vc *acctest.VCenter, path string) (id string, meta map[string]string) {
	t.Helper()
	var told struct {
		ID   string            `json:"instance-id"`
		Meta map[string]string `json:"meta"`
	}
	raw, err := base64.StdEncoding.DecodeString(vc.Told(vc.VM(path).Self)["guestinfo.metadata"])
	if err == nil {
		err = json.Unmarshal(raw, &told)
	}
	if err != nil {
		t.Fatalf("it was told %q: %v", raw, err)
	}
	return told.ID, told.Meta
}

// A vCenter may forget with the power what a guest was told while it ran. It is told again before each start of ours, or cloud-init took
// the machine for a new one: where it is started, resized, and started again after a resize that was refused. That is shown before.
func TestGuestIsToldAgain(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		vc.DropGuestinfo(true)
		var refuse atomic.Bool
		c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if refuse.Load() && call.Name == "ReconfigVM_Task" && strings.Contains(string(call.Body), "<numCPUs>") {
				return acctest.Refusal("NoPermission")
			}
			return nil
		}))
		server := made(t, c, "web")
		live := func(role string) {
			server.Metadata = map[string]string{"role": role}
			now, err := c.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec})
			if err != nil || len(now.Untold) > 0 {
				t.Fatalf("%v, %v", now.Untold, err)
			}
		}
		booted := func(when, role string) {
			t.Helper()
			if id, meta := toldAtBoot(t, vc, "OpenStack/web"); id != server.ID || !maps.Equal(meta, map[string]string{"role": role}) {
				t.Errorf("%s: it was told that it is %q, with %v", when, id, meta)
			}
		}
		live("started")
		off(t, vc, "OpenStack/web")
		if now, err := c.ReadServer(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Untold, []string{"metadata"}) {
			t.Errorf("off, it would not be told %v, %v", now.Untold, err)
		}
		vc.ResetCalls()
		server.PowerState = openstack.Active
		if now, err := c.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec}); err != nil ||
			len(now.Untold) > 0 {
			t.Errorf("it is not told %v, %v", now.Untold, err)
		}
		if calls := powerCallsOf(vc); calls.starts != 1 || how == vcsim.AllTaken && calls.changes != 1 {
			t.Errorf("the calls were %+v", calls)
		}
		booted("started", "started")
		live("resized")
		vc.ResetCalls()
		if _, err := resizedTo(t, c, server, 2); err != nil {
			t.Fatal(err)
		}
		if calls := powerCallsOf(vc); calls.shutdowns != 1 || calls.starts != 1 || how == vcsim.AllTaken && calls.changes != 1 {
			t.Errorf("the calls were %+v", calls)
		}
		booted("resized", "resized")
		server.Flavor = openstack.Flavor{}
		live("refused")
		refuse.Store(true)
		if _, err := resizedTo(t, c, server, 3); err == nil {
			t.Error("it was refused nothing")
		}
		booted("refused", "refused")
	})
}

// waiting is an instance for which something waits in the catalogue.
func waiting(t *testing.T, c *vcenter.Client, name string) openstack.Server {
	t.Helper()
	server := made(t, c, name)
	server.Tags = []string{"waits"}
	server, err := c.UpdateServer(t.Context(), keyOf(server), vcenter.ServerUpdate{ServerSpec: server.ServerSpec})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// Where the catalogue cannot be read, an instance for which nothing has ever waited is read and destroyed all the same, and another one is
// not shown as it is not.
func TestCatalogueThatCannotBeRead(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first := in(t, vc, "")
	web, db := made(t, first, "web"), waiting(t, first, "db")
	holder := ">" + vc.VM("novasphere/novasphere-catalogue").Self.Value + "<"
	c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if strings.Contains(string(call.Body), holder) {
			return acctest.Refusal("NoPermission")
		}
		return nil
	}))
	if now, err := c.ReadServer(t.Context(), keyOf(web)); err != nil || now.Name != "web" {
		t.Errorf("%+v, %v", now, err)
	}
	if _, err := c.ReadServer(t.Context(), keyOf(db)); err == nil || !strings.Contains(err.Error(), "reading what is recorded of db") {
		t.Errorf("what waits is not known, and the error is %v", err)
	}
	if err := c.DeleteServer(t.Context(), keyOf(web), false); err != nil {
		t.Error(err)
	}
	if left := vc.VMs("OpenStack/*"); len(left) != 1 || left[0].Name != "db" {
		t.Errorf("%d instances are left", len(left))
	}
}

// A guest can make up that something waits for it. The catalogue is read anew for that once.
func TestMadeUpHint(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	web := waiting(t, in(t, vc, ""), "web")
	task, err := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self).Reconfigure(t.Context(),
		types.VirtualMachineConfigSpec{
			ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "guestinfo.novasphere.pending", Value: web.ID + "/made-up"}}})
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	c := in(t, vc, "")
	for i := range 4 {
		if i == 1 {
			vc.ResetCalls()
		}
		if now, err := c.ReadServer(t.Context(), keyOf(web)); err != nil || !slices.Equal(now.Tags, web.Tags) {
			t.Errorf("%v, %v", now.Tags, err)
		}
	}
	if calls := vc.Calls(); calls["RetrievePropertiesEx"] != 3 || len(calls) != 1 {
		t.Errorf("three reads are %v", calls)
	}
}

// What waits for an instance that somebody else destroyed goes with the next change of the catalogue, once a read has shown that it is
// gone. What waits for one that is there, or came back, stays.
func TestPendingOfTheDestroyed(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first := in(t, vc, "")
	web, db, back := waiting(t, first, "web"), waiting(t, first, "db"), waiting(t, first, "back")
	off(t, vc, "OpenStack/web")
	task, err := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self).Destroy(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	c := in(t, vc, "")
	if _, err := c.ReadServer(t.Context(), keyOf(web)); !errors.Is(err, openstack.ErrNotFound) {
		t.Fatal(err)
	}
	c.Gone(web.ID)
	c.Gone(back.ID)
	if _, err := c.ReadServer(t.Context(), keyOf(back)); err != nil {
		t.Fatal(err)
	}
	vc.ResetCalls()
	if _, err := c.CreateFlavor(t.Context(), openstack.Flavor{Name: "f", VCPUs: 1, RAM: 64}); err != nil {
		t.Fatal(err)
	}
	if calls := vc.Calls(); calls["ReconfigVM_Task"] != 1 {
		t.Errorf("the flavor is %v", calls)
	}
	left := pendingIn(vc)
	slices.Sort(left)
	want := []string{"novasphere.pending." + db.ID, "novasphere.pending." + back.ID}
	slices.Sort(want)
	if !slices.Equal(left, want) {
		t.Errorf("%v is left, not %v", left, want)
	}
}
