// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// busy is the error of a change that other records are in the way of, which may be on their way out.
type busy struct{ error }

// Unwrap returns the error that says what is in the way.
func (b busy) Unwrap() error { return b.error }

// unready is the error of a change that needs a record which the same apply may be about to make, a router interface for example.
type unready struct{ error }

// Unwrap returns the error that says what is missing.
func (u unready) Unwrap() error { return u.error }

const (
	// quiet is how long whenReady waits after the last record that this process wrote. Terraform tells a provider nothing of what it will make
	// next, but while an apply goes on records are written.
	quiet = 5 * time.Second
	// planning is how long whenPlanned waits: Terraform plans what does not depend on each other in any order.
	planning = 2 * time.Second
	// waiters is how many checks wait in whenPlanned at a time: under half of the ten objects that Terraform plans beside each other.
	waiters = 4
	// longest ends a wait whose caller has set no time.
	longest = 10 * time.Minute
)

// whenLet repeats a change as long as others are in its way, until the time for it ends, as the OpenStack provider does where Neutron
// answers that something is in use.
func (b *Backend) whenLet(ctx context.Context, try func() error) error {
	return b.repeat(ctx, try, func(err error) bool { return errors.As(err, new(busy)) })
}

// whenReady repeats a change as long as it lacks what this apply may still make.
func (b *Backend) whenReady(ctx context.Context, try func() error) error {
	writes, last := b.c.Records.Writes(), time.Now()
	return b.repeat(ctx, try, func(err error) bool {
		if now := b.c.Records.Writes(); now != writes {
			writes, last = now, time.Now()
		}
		return (errors.As(err, new(unready)) || errors.As(err, new(*sdn.Awaited))) && time.Since(last) < quiet
	})
}

// whenPlanned repeats the check of a plan while it lacks what another plan of the same walk may bring, a router interface for example.
// A few checks wait at a time, because plans that wait could keep those from running that they wait for; the others pass meanwhile, and
// are checked again when they are carried out.
func (b *Backend) whenPlanned(ctx context.Context, check func() error) error {
	err := check()
	if !errors.As(err, new(unready)) {
		return err
	}
	select {
	case b.waiting <- struct{}{}:
		defer func() { <-b.waiting }()
	default:
		return nil
	}
	for begun := time.Now(); errors.As(err, new(unready)) && time.Since(begun) < planning; err = check() {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}

// whenGone is whenPlanned for a check that something is in the way of which the same walk may plan to leave: Terraform reads and plans
// each object by itself, so that one which it has not come to yet looks as if it were somebody else's.
func (b *Backend) whenGone(ctx context.Context, check func() error) error {
	return b.whenPlanned(ctx, func() error {
		if err := check(); err != nil {
			return unready{err}
		}
		return nil
	})
}

// repeat tries a change again as long as an error says so, with pauses between, and returns the last error that came before the time
// ended.
func (b *Backend) repeat(ctx context.Context, try func() error, again func(error) bool) error {
	ctx, stop := context.WithTimeout(ctx, longest)
	defer stop()
	err := try()
	for between := 100 * time.Millisecond; again(err); between = min(2*between, 2*time.Second) {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(between):
		}
		if failed := b.c.Records.Refresh(ctx); failed != nil {
			return errors.Join(err, failed)
		}
		now := try()
		if ctx.Err() != nil && now != nil {
			return err
		}
		err = now
	}
	return err
}
