// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// NSX answers a write before its hosts filter accordingly. What is not in force after a while is stored all the same, and comes: that is a
// warning, and a difference of the next plan as long as it lasts.

const (
	firstLook   = 100 * time.Millisecond // between two looks at first
	longestLook = time.Second
	patience    = 10 * time.Second
)

// The consolidated states of an object (NSX API, ConsolidatedStatus). All others mean that NSX is at it.
const (
	inForce = "SUCCESS"
	failed  = "ERROR"
)

// settled waits until what was written of an object is in force. Callers that wait for the same object share the looks.
func (b *Backend) settled(ctx context.Context, path string) error {
	made := &wire.Batch[struct{}, struct{}]{Changes: true}
	made.Do = func(ctx context.Context, all []struct{}) []wire.Outcome[struct{}] {
		return wire.AllFailed[struct{}](len(all), b.await(ctx, path))
	}
	known, _ := b.waiters.LoadOrStore(path, made)
	waiter, _ := known.(*wire.Batch[struct{}, struct{}])
	_, err := waiter.Ask(ctx, struct{}{})
	return err
}

func (b *Backend) await(ctx context.Context, path string) error {
	begun := time.Now()
	for between := firstLook; ; between = min(2*between, longestLook) {
		state, err := b.stateOf(ctx, path)
		switch {
		case err != nil:
			return &openstack.PartialEnforcementError{Err: fmt.Errorf("the %s is stored in NSX, and it could not be asked whether it is in force: "+
				"%w", b.api.Noun(path), errors.New(err.Error()))} // hide ErrNotFound: the object is there
		case state == inForce:
			b.settle.Store(path, true)
			b.pending.Delete(path)
			return nil
		case state == failed:
			return &openstack.PartialEnforcementError{Err: fmt.Errorf("the %s is stored in NSX, which could not realize it: look at its alarms in "+
				"NSX", b.api.Noun(path))}
		case time.Since(begun) > patience:
			return &openstack.PartialEnforcementError{Err: fmt.Errorf("the %s is stored in NSX, which has not realized it after %s: look at its "+
				"alarms in NSX where the next plan still shows a difference", b.api.Noun(path), patience)}
		}
		select {
		case <-ctx.Done():
			return &openstack.PartialEnforcementError{Err: fmt.Errorf("the %s is stored in NSX: %w", b.api.Noun(path), ctx.Err())}
		case <-time.After(between):
		}
	}
}

// stateOf returns how far NSX has come with an object, empty where it has not begun.
func (b *Backend) stateOf(ctx context.Context, path string) (string, error) {
	var answer struct {
		Consolidated struct {
			Status string `json:"consolidated_status"`
		} `json:"consolidated_status"`
	}
	err := b.api.Query(ctx, b.api.Path("realized-state", "status"), url.Values{"intent_path": {path}}, &answer)
	if errors.Is(err, openstack.ErrNotFound) {
		return "", nil
	}
	return answer.Consolidated.Status, err
}

// isInForce reports whether a policy is in force. All policies of a plan share a search, which lags: one that it does not show as realized
// is asked for.
func (b *Backend) isInForce(ctx context.Context, path string) (bool, error) {
	if _, seen := b.settle.Load(path); seen {
		return true, nil
	}
	all, err := b.realized.Get(func() (map[string]bool, error) {
		entities, err := api.Search[policy.RealizedEntity](ctx, b.api, "resource_type:GenericPolicyRealizedResource AND "+
			"entity_type:RealizedSecurityPolicy")
		out := map[string]bool{}
		for of, parts := range policy.ByIntent(entities) {
			out[of] = policy.Realize(parts).Stage == policy.Done
		}
		return out, err
	})
	if err != nil || all[path] {
		return err == nil, err
	}
	state, err := b.stateOf(ctx, path)
	if state == inForce {
		b.settle.Store(path, true)
	}
	return state == inForce, err
}
