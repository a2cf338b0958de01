// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Request holds the input of one verb of a resource. A verb may change its models: a plan's changes to Plan are planned, and an error of
// Delete names the object by what Delete leaves in State.
type Request[C any, M any] struct {
	Client     C       // chosen for this request; the zero value where Configured is false
	Configured bool    // false only in PlanUnconfigured and PlanDelete, while the provider's configuration is unknown
	ID         string  // the id to import; empty in every other verb
	Config     *M      // the configuration, write-only arguments included; nil in Read, Delete and Import
	Plan       *M      // the planned state; nil in Read, Delete and Import
	State      *M      // the prior state; nil where there is none
	Private    Private // private state, which a verb may write

	// Replacement marks the second plan of a replacement, which Terraform makes as if nothing existed. Private is then that of the first
	// plan.
	Replacement bool

	prior    tfsdk.State
	replaced path.Paths
}

// Replace plans a replacement of the object because an argument changes.
func (r *Request[C, M]) Replace(arguments ...path.Path) {
	r.replaced = append(r.replaced, arguments...)
}

// Changes reports whether a model differs in any attribute from the state that Terraform holds.
func (r *Request[C, M]) Changes(ctx context.Context, m M) bool {
	now := r.prior
	return Set(ctx, &now, m).HasError() || !now.Raw.Equal(r.prior.Raw)
}

// Note stores a value in private state, even after the operation was interrupted. The key must be among the resource's PrivateKeys.
func Note(ctx context.Context, private Private, key string, value any) {
	raw, _ := json.Marshal(value)                            // texts, numbers and flags
	_ = private.SetKey(context.WithoutCancel(ctx), key, raw) // fails only for invalid JSON
}

// Result returns the model of a verb that has succeeded, and nil after an error that undoes that.
func Result[M any](m M, err error) (*M, error) {
	if remaining(err) != nil {
		return nil, err
	}
	return &m, err
}

// remaining returns an error without the parts that only report that others lag behind a change, because the change itself is made.
func remaining(err error) error {
	if all, ok := parts(err); ok {
		var left []error
		for _, one := range all {
			left = append(left, remaining(one))
		}
		return errors.Join(left...)
	}
	if openstack.IsPartialEnforcement(err) {
		return nil
	}
	return err
}

// operation is a verb that changes something, by the name of its limit in a timeouts block.
type operation string

const (
	creating operation = "create"
	updating operation = "update"
	deleting operation = "delete"
)

// limited limits an operation by the timeouts block, or by the resource's default. An operation that the block does not have is
// unlimited.
func (b *bound[C, M]) limited(ctx context.Context, of operation, m *M) (context.Context, context.CancelFunc, error) {
	none := func() {}
	if b.is.Timeouts == nil {
		return ctx, none, nil
	}
	block := b.is.Timeouts(m)
	if _, has := block.AttributeTypes(ctx)[string(of)]; !has {
		return ctx, none, nil
	}
	limit, diags := limitOf(block, of)(ctx, b.is.Timeout)
	if diags.HasError() {
		return ctx, none, openstack.AttributeErrorf("timeouts", "%s", diags.Errors()[0].Detail())
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	return ctx, stop, nil
}

func limitOf(block timeouts.Value, of operation) func(context.Context, time.Duration) (time.Duration, diag.Diagnostics) {
	switch of {
	case creating:
		return block.Create
	case updating:
		return block.Update
	}
	return block.Delete
}
