package vcenter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// clientOver is a client that speaks over a wire, closed when the test ends.
func clientOver(t *testing.T, vc *acctest.VCenter, w *acctest.Wire) *vcenter.Client {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: w.Server, User: vc.User, Password: vc.Password, CAFile: w.CAFile, Folder: "OpenStack",
		Version:   "test",
		UserAgent: "terraform-provider-novasphere/test", APITimeout: 20 * time.Second})
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		_ = c.Close(ctx)
	})
	return c
}

var small = openstack.Flavor{ID: vcenter.FlavorID("m1.small"), Name: "m1.small", VCPUs: 1, RAM: 1024, Disk: 5, RxTxFactor: 1,
	IsPublic: true}

// request is an instance of the small flavor on the first network.
func request(t *testing.T, c *vcenter.Client, name string) vcenter.ServerRequest {
	t.Helper()
	image, err := c.Image(t.Context(), vcenter.ImageQuery{Name: "debian-12"})
	if err != nil {
		t.Fatal(err)
	}
	network, err := c.Networks.Network(t.Context(), "", "public")
	if err != nil {
		t.Fatal(err)
	}
	return vcenter.ServerRequest{
		ServerSpec: openstack.ServerSpec{Name: name, Flavor: small, ImageID: image.ID, ImageName: image.Name, PowerState: openstack.Active,
			Metadata: map[string]string{"role": "web"}, NICs: []openstack.NIC{{NetworkID: network.ID}}},
		Networks: []openstack.Network{network},
	}
}

// made makes an instance before the part that a test is about.
func made(t *testing.T, c *vcenter.Client, name string) openstack.Server {
	t.Helper()
	server, err := c.CreateServer(t.Context(), request(t, c, name))
	if err != nil {
		t.Fatal(err)
	}
	return server
}

var cuts = map[string]acctest.Cut{"before": acctest.CutBefore, "after": acctest.CutAfter}

// TestLostRead cuts the connection at reads: they are repeated.
func TestLostRead(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"RetrievePropertiesEx", "FindByUuid"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				server := made(t, c, "web")
				wire.Take()
				wire.Cut(call, cut)
				read, err := c.ReadServer(t.Context(), vcenter.ServerKey{ID: server.ID})
				if err != nil || read.Name != "web" {
					t.Errorf("%q, %v", read.Name, err)
				}
				if calls, _ := wire.Take(); sum(calls, call) != map[string]int{"RetrievePropertiesEx": 2, "FindByUuid": 2}[call] {
					t.Errorf("the calls were %v", calls)
				}
			})
		}
	}
}

// sum adds up the calls of a method, whatever they are about.
func sum(calls map[string]int, name string) (n int) {
	for call, count := range calls {
		if call == name || strings.HasPrefix(call, name+" ") {
			n += count
		}
	}
	return n
}

// TestReadRefusedForAMoment: a vCenter that is in the middle of something refuses the look at a task. The task's end is waited for all the
// same, and a refusal that stays is told after some tries.
func TestReadRefusedForAMoment(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"InvalidState", "TaskInProgress"} {
		for refusals, fails := range map[int32]bool{1: false, 1000: true} {
			t.Run(fmt.Sprintf("%s %d times", fault, refusals), func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				var refused, changed atomic.Int32
				between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
					if call.Name == "ReconfigVM_Task" {
						changed.Add(1)
					}
					if call.Name != "RetrievePropertiesEx" || changed.Load() == 0 || refused.Add(1) > refusals {
						return nil
					}
					return acctest.Refusal(fault)
				})
				_, err := clientOver(t, vc, between).CreateFlavor(t.Context(), small)
				if (err != nil) != fails || changed.Load() != 1 || len(vc.Catalogue()) != 1 || fails && refused.Load() > 10 {
					t.Errorf("%v after %d changes and %d refusals; the catalogue holds %v", err, changed.Load(), refused.Load(), vc.Catalogue())
				}
			})
		}
	}
}

// TestLostClone cuts the connection at the clone. It is sent once, and no second machine ever comes of it.
func TestLostClone(t *testing.T) {
	t.Parallel()
	for where, cut := range cuts {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			c := clientOver(t, vc, wire)
			want := request(t, c, "web")
			wire.Cut("CloneVM_Task", cut)
			server, err := c.CreateServer(t.Context(), want)
			vms := vc.VMs("OpenStack/*")
			if calls, _ := wire.Take(); calls["CloneVM_Task"] != 1 {
				t.Errorf("%d clones were sent", calls["CloneVM_Task"])
			}
			if cut == acctest.CutBefore {
				if err == nil || len(vms) != 0 || !strings.Contains(err.Error(), "cuts the connection before it answers") ||
					!strings.Contains(err.Error(), "apply again") {
					t.Errorf("%d machines, %v", len(vms), err)
				}
				if server, err = c.CreateServer(t.Context(), want); err != nil {
					t.Fatal("the next try:", err)
				}
				vms = vc.VMs("OpenStack/*")
			}
			if err != nil || len(vms) != 1 {
				t.Fatalf("%d machines, %v", len(vms), err)
			}
			if vm := vms[0]; vm.Config.InstanceUuid != server.ID || vm.Self.Value != server.MoRef || vm.Runtime.PowerState != "poweredOn" ||
				server.PowerState != openstack.Active {
				t.Errorf("%s %s is %s, the server is %+v", vm.Config.InstanceUuid, vm.Self.Value, vm.Runtime.PowerState, server)
			}
		})
	}
}

// TestLostChange cuts the connection at each change of an instance's life. The end is as if nothing had happened.
func TestLostChange(t *testing.T) {
	t.Parallel()
	big := small
	big.ID, big.Name, big.VCPUs, big.RAM = "big", "m1.big", 4, 4096
	resize := func(ctx context.Context, c *vcenter.Client, s openstack.Server) error {
		s.Flavor, s.Name, s.Metadata = big, "web-2", map[string]string{"role": "db"}
		now, err := c.UpdateServer(ctx, vcenter.ServerKey{ID: s.ID, MoRef: s.MoRef}, vcenter.ServerUpdate{ServerSpec: s.ServerSpec})
		if err == nil && (now.VCPUs != 4 || now.Name != "web-2" || now.PowerState != openstack.Active) {
			err = fmt.Errorf("it became %+v", now)
		}
		return err
	}
	turnOff := func(ctx context.Context, c *vcenter.Client, s openstack.Server) error {
		s.PowerState = openstack.Shutoff
		_, err := c.UpdateServer(ctx, vcenter.ServerKey{ID: s.ID, MoRef: s.MoRef}, vcenter.ServerUpdate{ServerSpec: s.ServerSpec})
		return err
	}
	remove := func(ctx context.Context, c *vcenter.Client, s openstack.Server) error {
		return c.DeleteServer(ctx, vcenter.ServerKey{ID: s.ID, MoRef: s.MoRef}, false)
	}
	resized := func(vm mo.VirtualMachine) bool {
		return vm.Name == "web-2" && vm.Config.Hardware.NumCPU == 4 && vm.Config.Hardware.MemoryMB == 4096 && vm.Runtime.PowerState == "poweredOn"
	}
	for call, test := range map[string]struct {
		act  func(context.Context, *vcenter.Client, openstack.Server) error
		want func(mo.VirtualMachine) bool // nil: no machine is left
	}{
		"ReconfigVM_Task": {resize, resized},
		"ShutdownGuest":   {resize, resized},
		"PowerOnVM_Task":  {resize, resized},
		"PowerOffVM_Task": {remove, nil},
		"Destroy_Task":    {remove, nil},
		"FindByUuid":      {turnOff, func(vm mo.VirtualMachine) bool { return vm.Runtime.PowerState == "poweredOff" }},
	} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				server := made(t, c, "web")
				wire.Take()
				wire.Cut(call, cut)
				if err := test.act(t.Context(), c, server); err != nil {
					t.Error(err)
				}
				vms := vc.VMs("OpenStack/*")
				if test.want == nil && len(vms) != 0 || test.want != nil && (len(vms) != 1 || !test.want(vms[0])) {
					t.Errorf("there are %d machines: %+v", len(vms), names(vms))
				}
				if calls, _ := wire.Take(); calls[call] == 0 && call != "FindByUuid" {
					t.Errorf("%s was never sent: %v", call, calls)
				}
			})
		}
	}
}

func names(vms []mo.VirtualMachine) (out []string) {
	for _, vm := range vms {
		out = append(out, fmt.Sprintf("%s %s %d vcpus", vm.Name, vm.Runtime.PowerState, vm.Config.Hardware.NumCPU))
	}
	return out
}

// TestLostCatalogueWrite cuts the connection at every step of the first record's way.
func TestLostCatalogueWrite(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"CreateFolder", "CreateVM_Task", "ReconfigVM_Task", "FindByInventoryPath"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				wire.Cut(call, cut)
				if _, err := c.CreateFlavor(t.Context(), small); err != nil {
					t.Error("first record:", err)
				}
				wire.Cut(call, cut)
				if err := c.CreateKeyPair(t.Context(), openstack.KeyPair{Name: "ops"}); err != nil {
					t.Error("second record:", err)
				}
				if err := c.DeleteKeyPair(t.Context(), "ops"); err != nil {
					t.Error("removal:", err)
				}
				if all := vc.Catalogue(); len(all) != 1 || all["novasphere.flavor."+small.ID] == "" {
					t.Errorf("the catalogue holds %v", all)
				}
				if vms := vc.VMs("novasphere/*"); len(vms) != 1 {
					t.Errorf("the catalogue's folder holds %v", names(vms))
				}
			})
		}
	}
}

// TestLostCatalogueWriteMeetsAnother loses the answer of a claim while another client writes too: the claim is not taken for
// somebody else's.
func TestLostCatalogueWriteMeetsAnother(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	other := clientOver(t, vc, vc.Wire(t))
	if err := other.CreateKeyPair(t.Context(), openstack.KeyPair{Name: "first"}); err != nil {
		t.Fatal(err)
	}
	var lose atomic.Bool
	between := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "ReconfigVM_Task" || !lose.CompareAndSwap(true, false) {
			return nil
		}
		ask()
		for len(vc.Catalogue()) < 2 {
			time.Sleep(time.Millisecond)
		}
		if err := other.CreateKeyPair(t.Context(), openstack.KeyPair{Name: "meanwhile"}); err != nil {
			t.Error(err)
		}
		out := httptest.NewRecorder()
		out.Code = http.StatusBadGateway
		return out
	})
	c := clientOver(t, vc, between)
	lose.Store(true)
	if _, err := c.CreateFlavor(t.Context(), small); err != nil {
		t.Error(err)
	}
	if all := vc.Catalogue(); len(all) != 3 || lose.Load() {
		t.Errorf("the catalogue holds %v", all)
	}
}

// TestLostLabel cuts the connection at each step of the label. There is one category, one tag, and it is attached.
func TestLostLabel(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"POST /rest/com/vmware/cis/tagging/category", "POST /rest/com/vmware/cis/tagging/tag",
		"POST /rest/com/vmware/cis/tagging/tag-association/id attach-tag-to-multiple-objects", "DELETE /rest/com/vmware/cis/tagging/tag/id"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				if _, err := c.CreateFlavor(t.Context(), small); err != nil {
					t.Fatal(err)
				}
				server := made(t, c, "web")
				wire.Cut(call, cut)
				if err := c.LabelServer(t.Context(), server.MoRef, small, openstack.Flavor{}); err != nil {
					t.Error(err)
				}
				if got := vc.Tags(); !slices.Equal(got, []string{"m1.small"}) {
					t.Errorf("the tags are %v", got)
				}
				if err := c.DeleteServer(t.Context(), vcenter.ServerKey{ID: server.ID, MoRef: server.MoRef}, false); err != nil {
					t.Error(err)
				}
				if err := c.DeleteFlavor(t.Context(), small.ID); err != nil {
					t.Error(err)
				}
				if got := vc.Tags(); len(got) != 0 {
					t.Errorf("the tags %v are left", got)
				}
				if calls, _ := wire.Take(); calls[call] != 2 {
					t.Errorf("%s was sent %d times: %v", call, calls[call], calls)
				}
			})
		}
	}
}

// TestLabelOutlivesNoRecord refuses the deletion of a flavor's tag: the record stays to say which it is, and the next deletion takes both.
func TestLabelOutlivesNoRecord(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refused atomic.Int32
	between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "DELETE /rest/com/vmware/cis/tagging/tag/id" || refused.Add(1) > 1 {
			return nil
		}
		out := httptest.NewRecorder()
		out.Code = http.StatusInternalServerError
		return out
	})
	c := clientOver(t, vc, between)
	if _, err := c.CreateFlavor(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	server := made(t, c, "web")
	if err := c.LabelServer(t.Context(), server.MoRef, small, openstack.Flavor{}); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteServer(t.Context(), vcenter.ServerKey{ID: server.ID, MoRef: server.MoRef}, false); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteFlavor(t.Context(), small.ID); err == nil {
		t.Error("the refused deletion succeeded")
	}
	if tags, records := vc.Tags(), vc.Catalogue(); len(tags) != 1 || len(records) != 1 {
		t.Fatalf("the tags %v and the records %v are left", tags, records)
	}
	if err := c.DeleteFlavor(t.Context(), small.ID); err != nil {
		t.Error(err)
	}
	if tags, records := vc.Tags(), vc.Catalogue(); len(tags) != 0 || len(records) != 0 {
		t.Errorf("the tags %v and the records %v are left", tags, records)
	}
}

// TestLabelOfAKilledProcess: a process that was killed between the making of a flavor's tag and the note of its id leaves no tag behind.
func TestLabelOfAKilledProcess(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var dead atomic.Bool
	c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, next func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if dead.Load() {
			return acctest.Refusal("RestrictedVersion")
		}
		if call.Name == "POST /rest/com/vmware/cis/tagging/tag" {
			dead.Store(true)
			return next()
		}
		return nil
	}))
	if _, err := c.CreateFlavor(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	server := made(t, c, "web")
	if err := c.LabelServer(t.Context(), server.MoRef, small, openstack.Flavor{}); err == nil {
		t.Fatal("a process that was killed is content")
	}
	if got := vc.Tags(); len(got) != 1 {
		t.Fatalf("the tags are %v", got)
	}
	other := in(t, vc, "")
	if err := other.DeleteServer(t.Context(), vcenter.ServerKey{ID: server.ID, MoRef: server.MoRef}, false); err != nil {
		t.Error(err)
	}
	if err := other.DeleteFlavor(t.Context(), small.ID); err != nil {
		t.Error(err)
	}
	if got := vc.Tags(); len(got) != 0 {
		t.Errorf("the tags %v are left", got)
	}
}

// TestRecordIsWrittenAgain: a refusal of a record's change that passes is waited for. Nobody would change the record of a port again whose
// instance is destroyed by then.
func TestRecordIsWrittenAgain(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"InvalidState", "TaskInProgress"} {
		vc := acctest.Start(t, vcsim.Options{})
		var armed atomic.Bool
		var refused atomic.Int32
		c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if call.Name != "ReconfigVM_Task" || !armed.Load() || refused.Add(1) > 2 {
				return nil
			}
			return acctest.Refusal(fault)
		}))
		if _, err := c.CreateFlavor(t.Context(), small); err != nil {
			t.Fatal(err)
		}
		armed.Store(true)
		if err := c.DeleteFlavor(t.Context(), small.ID); err != nil || len(vc.Catalogue()) > 0 || refused.Load() < 3 {
			t.Errorf("%s: %v after %d calls, and the records are %v", fault, err, refused.Load(), vc.Catalogue())
		}
	}
}

// TestRecordsVMThatCannotGo refuses the steps in which a network's records VM goes: a refusal that passes is waited for, and where the VM
// stays, closed, what it held is gone for everybody.
func TestRecordsVMThatCannotGo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		call     string
		refusals int32
		fails    bool
	}{{"Destroy_Task", 1, false}, {"Destroy_Task", 1000, true}, {"ReconfigVM_Task", 1, false}} {
		t.Run(fmt.Sprintf("%s refused %d times", test.call, test.refusals), func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			var armed atomic.Bool
			var refused atomic.Int32
			between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
				if call.Name != test.call || !armed.Load() || refused.Add(1) > test.refusals {
					return nil
				}
				return acctest.Refusal("InvalidState")
			})
			c := clientOver(t, vc, between)
			holder := c.Records.OfNetwork("dvportgroup-1")
			if err := holder.Claim(t.Context(), func(all records.Set) error { return all.Put("subnet", "x", small) }); err != nil {
				t.Fatal(err)
			}
			if err := holder.Update(t.Context(), func(all records.Set) error { all.Drop("subnet", "x"); return nil }); err != nil {
				t.Fatal(err)
			}
			armed.Store(true)
			err := holder.Retire(t.Context())
			if left := vc.VMs("novasphere/novasphere-network-*"); (err != nil) != test.fails || (len(left) > 0) != test.fails ||
				refused.Load() == 0 {
				t.Errorf("%v, and %v are left after %d refusals", err, names(left), refused.Load())
			}
			other := clientOver(t, vc, vc.Wire(t))
			_, err = other.Records.OfNetwork("dvportgroup-1").Fresh(t.Context())
			if known := records.Known("subnet", "x", err); test.fails && !errors.Is(known, openstack.ErrNotFound) {
				t.Errorf("of a record in a VM that is closed it is said: %v", known)
			}
			if _, err := other.Records.Networks(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := other.Records.OfNetwork("dvportgroup-1").Retire(t.Context()); err != nil { // as with the network
				t.Error(err)
			}
			if left := vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
				t.Errorf("%v are left for ever", names(left))
			}
		})
	}
}

// TestClusterThatCannotBeMarked: a cluster without its mark would be nobody's, and stay for ever. A refusal that passes is waited for, and
// where it stays the cluster goes.
func TestClusterThatCannotBeMarked(t *testing.T) {
	t.Parallel()
	for refusals, fails := range map[int32]bool{1: false, 1000: true} {
		t.Run(fmt.Sprintf("refused %d times", refusals), func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			var refused atomic.Int32
			between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
				if call.Name != "SetField" || refused.Add(1) > refusals {
					return nil
				}
				return acctest.Refusal("InvalidState")
			})
			made, err := clientOver(t, vc, between).Nodes.CreateComputeCluster(t.Context(),
				openstack.ComputeCluster{Name: "edge", DRS: true, DRSLevel: "fullyAutomated"})
			found, _ := find.NewFinder(vc.Client().Client).ClusterComputeResourceList(t.Context(), "/dc1/host/edge")
			if (err != nil) != fails || (made.ID == "") != fails || (len(found) == 0) != fails {
				t.Errorf("%v, %+v, and there are %v", err, made, found)
			}
		})
	}
}

// TestRefusedAfterClone has the vCenter make a machine and then say that it did not: the machine comes back with the error.
func TestRefusedAfterClone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	between := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "CloneVM_Task" {
			return nil
		}
		ask()
		for len(vc.VMs("OpenStack/*")) == 0 {
			time.Sleep(time.Millisecond)
		}
		return acctest.Refusal("InsufficientResourcesFault")
	})
	c := clientOver(t, vc, between)
	server, err := c.CreateServer(t.Context(), request(t, c, "web"))
	if err == nil || !strings.Contains(err.Error(), "not enough resources") {
		t.Errorf("the error is %v", err)
	}
	if vm := vc.VM("OpenStack/web"); server.ID != vm.Config.InstanceUuid || server.MoRef != vm.Self.Value {
		t.Errorf("the machine %s is lost: %+v", vm.Config.InstanceUuid, server)
	}
}

// TestRefusedBeforeClone shows that a plain refusal leaves nothing to keep.
func TestRefusedBeforeClone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "CloneVM_Task" {
			return acctest.Refusal("RestrictedVersion")
		}
		return nil
	})
	c := clientOver(t, vc, between)
	server, err := c.CreateServer(t.Context(), request(t, c, "web"))
	if err == nil || !strings.Contains(err.Error(), "license") || server.ID != "" {
		t.Errorf("%+v, %v", server, err)
	}
}

// untilOver is a context whose time is over at a moment of the test's own choice. So many milliseconds would be over too soon where a
// machine is busy.
type untilOver struct {
	context.Context
	over chan struct{}
}

// Done is closed when the time is over.
func (c untilOver) Done() <-chan struct{} { return c.over }

// Err says that it is.
func (c untilOver) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// TestCloneOutOfTime gives a clone too little time: it is stopped, and what was made all the same comes back with the error.
func TestCloneOutOfTime(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ctx := untilOver{t.Context(), make(chan struct{})}
	var cloned, asked atomic.Bool
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "CloneVM_Task" {
			defer cloned.Store(true)
			return ask()
		}
		if cloned.Load() && asked.CompareAndSwap(false, true) { // how far the clone is
			for len(vc.VMs("OpenStack/web")) == 0 {
				time.Sleep(time.Millisecond)
			}
			close(ctx.over)
		}
		return nil
	})
	c := clientOver(t, vc, wire)
	server, err := c.CreateServer(ctx, request(t, c, "web"))
	if err == nil || !strings.Contains(err.Error(), "longer than its timeout allows") {
		t.Fatalf("the error is %v", err)
	}
	if vm := vc.VM("OpenStack/web"); server.ID != vm.Config.InstanceUuid || server.MoRef != vm.Self.Value {
		t.Errorf("the machine %s is lost: %+v", vm.Config.InstanceUuid, server)
	}
}

// TestInterruptedBeforeClone shows that nothing is begun after an interruption.
func TestInterruptedBeforeClone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	want := request(t, c, "web")
	made(t, c, "warm-up")
	wire.Take()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if server, err := c.CreateServer(ctx, want); err == nil || server.ID != "" {
		t.Errorf("%+v, %v", server, err)
	}
	if calls, _ := wire.Take(); calls["CloneVM_Task"] != 0 {
		t.Errorf("it cloned: %v", calls)
	}
}
