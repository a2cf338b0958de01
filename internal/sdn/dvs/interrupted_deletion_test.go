// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// TestDeletionInterruptedAtItsRecord: a process deletes what another one has begun to use since it read the records, and its time is up in
// the moment in which the record is gone. The record comes back, since what uses it would hang in the air.
func TestDeletionInterruptedAtItsRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		needs  string
		use    func(*edge, sdn.Backend) error
		delete func(context.Context, *edge, sdn.Backend) error
		there  func(*edge, sdn.Backend) error
	}{
		"router interface": {"router interface address", func(e *edge, other sdn.Backend) error {
			_, err := other.UpdateFloatingIP(e.Context(), e.address.ID, func(f *openstack.FloatingIP) error { f.PortID = e.web.ID; return nil })
			return err
		}, func(ctx context.Context, e *edge, backend sdn.Backend) error {
			return backend.DeleteRouterInterface(ctx, e.joined.NetworkID, e.joined.ID, false)
		}, func(e *edge, other sdn.Backend) error {
			_, err := other.RouterInterface(e.Context(), e.joined.NetworkID, e.joined.ID)
			return err
		}},
		"QoS policy": {"", func(e *edge, other sdn.Backend) error {
			_, err := other.UpdatePort(e.Context(), e.web.NetworkID, e.web.ID, func(r *sdn.PortRequest) error {
				r.QoSPolicyID = e.policy.ID
				return nil
			})
			return err
		}, func(ctx context.Context, e *edge, backend sdn.Backend) error {
			return backend.DeleteQoSPolicy(ctx, e.policy.ID)
		}, func(e *edge, other sdn.Backend) error {
			_, err := other.QoSPolicy(e.Context(), e.policy.ID)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &edge{T: t, vc: acctest.Start(t, vcsim.Options{})}
			e.build(c.needs)
			var err error
			e.policy, err = e.now().CreateQoSPolicy(t.Context(), openstack.QoSPolicy{Name: "slow"})
			e.must(err)
			ctx, timeIsUp := context.WithCancel(t.Context())
			backend := e.atFirstChange(func() { e.must(c.use(e, e.now())) }, timeIsUp)
			if err := c.delete(ctx, e, backend); err == nil {
				t.Error("it is deleted")
			}
			e.must(c.there(e, e.now()))
		})
	}
}

// atFirstChange is a process whose first change of the vCenter comes after one act and before another.
func (e *edge) atFirstChange(before, after func()) sdn.Backend {
	e.Helper()
	done := false
	wire := e.vc.Between(e.T, func(c acctest.Call, pass func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if done || !strings.HasSuffix(c.Name, "_Task") {
			return nil
		}
		done = true
		before()
		defer after()
		return pass()
	})
	c := vcenter.New(vcenter.Config{Server: wire.Server, User: e.vc.User, Password: e.vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
		Routers: vcenter.RoutersPhysical})
	e.Cleanup(func() { _ = c.Close(context.Background()) })
	return dvs.New(c)
}
