// SPDX-License-Identifier: MPL-2.0

// Package faults explains what a vCenter refuses: what was attempted, what prevents it, and what to do. It also distinguishes the errors
// that decide what happens next: a refusal, a silent server, an unknown outcome.
package faults

import (
	"context"
	"errors"
	"fmt"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// NotKnown returns the error of what was sent once and got no answer, so that nobody knows whether it was done: a clause with its subject,
// and what to do about it.
func NotKnown(done, todo string, err error) error {
	return fmt.Errorf("it is not known whether %s, because no answer came: %s (%w)", done, todo, err)
}

// Explain explains an error of a vCenter: what was refused, why and, where that is known, what to do. act is a gerund, for example
// "cloning web-0". A nil error stays nil.
func Explain(act string, err error) error {
	if err == nil {
		return nil
	}
	var (
		permission *types.NoPermission
		duplicate  *types.DuplicateName
		state      *types.InvalidPowerState
		restricted *types.RestrictedVersion
		notFound   *types.ManagedObjectNotFound
		disk       *types.NoDiskSpace
		unread     *Gap
		silent     *SilenceError
		no         *Refusal
	)
	switch {
	case errors.As(err, &silent):
		return fmt.Errorf("%s: %w", act, silent)
	case errors.As(err, &unread):
		return fmt.Errorf("%s failed: %w", act, unread)
	case errors.As(err, &no):
		return fmt.Errorf("%s is not allowed: %w", act, no)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s took longer than its timeout allows: %w", act, err)
	case As(err, &permission):
		return fmt.Errorf("%s is not allowed: %w", act, RefusalOf("", permission, nil, err))
	case As(err, &duplicate):
		return fmt.Errorf("%s failed: the name %q is taken in that folder (by %s)", act, duplicate.Name, duplicate.Object.Value)
	case As(err, &state):
		return fmt.Errorf("%s needs the power state %s, but it is %s", act, state.RequestedState, state.ExistingState)
	case As(err, &disk):
		return fmt.Errorf("%s failed: datastore %s has not enough space left", act, disk.Datastore)
	case As(err, &restricted):
		return fmt.Errorf("%s failed: the license of this vCenter or ESX host does not include it", act)
	case As(err, &notFound):
		return fmt.Errorf("%s failed: %s %s: %w", act, notFound.Obj.Type, notFound.Obj.Value, openstack.ErrNotFound)
	case NoResponse(err):
		return fmt.Errorf("%s: the connection to the vCenter was lost before it answered (%w)", act, err)
	}
	return fmt.Errorf("%s failed: %w", act, Detailed(WithoutRequest(err)))
}
