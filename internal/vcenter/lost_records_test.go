// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// TestLostCatalogueWrite: the connection is cut at each step of writing the first record.
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
				if _, err := c.Flavors.Create(t.Context(), small); err != nil {
					t.Error("first record:", err)
				}
				wire.Cut(call, cut)
				if err := c.KeyPairs.Create(t.Context(), openstack.KeyPair{Name: "ops"}); err != nil {
					t.Error("second record:", err)
				}
				if err := c.KeyPairs.Delete(t.Context(), "ops"); err != nil {
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

// TestLostCatalogueWriteMeetsAnother: the answer of a claim is lost while another client writes too; the claim is recognised as our own.
func TestLostCatalogueWriteMeetsAnother(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	other := clientOver(t, vc, vc.Wire(t))
	if err := other.KeyPairs.Create(t.Context(), openstack.KeyPair{Name: "first"}); err != nil {
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
		if err := other.KeyPairs.Create(t.Context(), openstack.KeyPair{Name: "meanwhile"}); err != nil {
			t.Error(err)
		}
		out := httptest.NewRecorder()
		out.Code = http.StatusBadGateway
		return out
	})
	c := clientOver(t, vc, between)
	lose.Store(true)
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Error(err)
	}
	if all := vc.Catalogue(); len(all) != 3 || lose.Load() {
		t.Errorf("the catalogue holds %v", all)
	}
}

// TestRecordIsWrittenAgain: a transient refusal of a record's change is waited for. Nothing would later change the record of a port
// whose instance is destroyed by then.
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
		if _, err := c.Flavors.Create(t.Context(), small); err != nil {
			t.Fatal(err)
		}
		armed.Store(true)
		if err := c.Flavors.Delete(t.Context(), small.ID); err != nil || len(vc.Catalogue()) > 0 || refused.Load() < 3 {
			t.Errorf("%s: %v after %d calls, and the records are %v", fault, err, refused.Load(), vc.Catalogue())
		}
	}
}

// TestRecordsVMThatCannotGo: the steps that remove a network's records VM are refused. A transient refusal is waited for, and if the VM
// stays, closed, its records are gone for every client.
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
			if err := other.Records.OfNetwork("dvportgroup-1").Retire(t.Context()); err != nil { // as when the network goes
				t.Error(err)
			}
			if left := vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
				t.Errorf("%v are left for ever", names(left))
			}
		})
	}
}

// TestClusterThatCannotBeMarked: a cluster without its mark would belong to no state, and stay for ever. A transient refusal of the mark
// is waited for; after a lasting one the cluster is deleted.
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
