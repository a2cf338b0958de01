// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

const (
	instanceType = "novasphere_compute_instance"
	atATime      = 10 // Terraform's default of -parallelism
)

// member is what Terraform holds of one instance. Everything is in its form on the wire, so that a walk encodes and decodes nothing
// itself: its cost is the provider's.
type member struct {
	Config   *tfprotov6.DynamicValue
	Proposed *tfprotov6.DynamicValue
	State    *tfprotov6.DynamicValue // null before the creation
	JSON     []byte                  // the state in the form of a state file; empty before the creation
	Private  []byte

	planned        *tfprotov6.DynamicValue
	plannedPrivate []byte
}

// walk is one walk of Terraform over its graph. It has its own provider, as Terraform starts a process for every walk, without anything
// that an earlier one has read.
type walk struct {
	provider *provider.Novasphere
	server   tfprotov6.ProviderServer
	schema   *tfprotov6.GetProviderSchemaResponse
}

func newWalk(ctx context.Context, settings map[string]any) (*walk, error) {
	served := provider.New("test")
	server := served.Server()
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	resp, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4",
		Config: wired(schema.Provider.ValueType(), settings)})
	if err != nil {
		return nil, err
	}
	return &walk{served, server, schema}, failed("ConfigureProvider", resp.Diagnostics)
}

// end logs out, as the provider does when Terraform ends it.
func (w *walk) end(ctx context.Context) error { return w.provider.Close(ctx) }

// step is an operation on one instance.
type step func(context.Context, *walk, *member) error

// each takes all members through the steps, ten at a time.
func each(ctx context.Context, settings map[string]any, members []*member, steps ...step) (err error) {
	w, err := newWalk(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.end(ctx)) }()
	turns, errs := make(chan *member), make([]error, atATime)
	var workers sync.WaitGroup
	for i := range errs {
		workers.Go(func() {
			for m := range turns {
				for s := 0; s < len(steps) && errs[i] == nil; s++ {
					errs[i] = steps[s](ctx, w, m)
				}
			}
		})
	}
	for _, m := range members {
		turns <- m
	}
	close(turns)
	workers.Wait()
	return errors.Join(errs...)
}

// upgrade and read together are a refresh.
func upgrade(ctx context.Context, w *walk, m *member) error {
	resp, err := w.server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: instanceType, Version: 1,
		RawState: &tfprotov6.RawState{JSON: m.JSON}})
	if err != nil {
		return err
	}
	m.State = resp.UpgradedState
	return failed("UpgradeResourceState", resp.Diagnostics)
}

func read(ctx context.Context, w *walk, m *member) error {
	resp, err := w.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: instanceType, CurrentState: m.State, Private: m.Private})
	if err != nil {
		return err
	}
	m.State, m.Private = resp.NewState, resp.Private
	return failed("ReadResource", resp.Diagnostics)
}

func validate(ctx context.Context, w *walk, m *member) error {
	resp, err := w.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: instanceType, Config: m.Config,
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}})
	if err != nil {
		return err
	}
	return failed("ValidateResourceConfig", resp.Diagnostics)
}

func plan(ctx context.Context, w *walk, m *member) error {
	resp, err := w.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: instanceType, PriorState: m.State,
		ProposedNewState: m.Proposed, Config: m.Config, PriorPrivate: m.Private})
	if err != nil {
		return err
	}
	m.planned, m.plannedPrivate = resp.PlannedState, resp.PlannedPrivate
	err = failed("PlanResourceChange", resp.Diagnostics)
	if len(resp.RequiresReplace) > 0 {
		err = errors.Join(err, fmt.Errorf("the plan replaces an instance, for %v", resp.RequiresReplace))
	}
	return err
}

func apply(ctx context.Context, w *walk, m *member) error {
	resp, err := w.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{TypeName: instanceType, PriorState: m.State,
		PlannedState: m.planned, Config: m.Config, PlannedPrivate: m.plannedPrivate})
	if err != nil {
		return err
	}
	m.State, m.Private = resp.NewState, resp.Private
	return failed("ApplyResourceChange", resp.Diagnostics)
}

// The commands are Terraform's: a walk that plans, and where there are changes another one that plans again and applies. A destruction is
// not planned again.
func refresh(ctx context.Context, settings map[string]any, members []*member) error {
	return each(ctx, settings, members, upgrade, read)
}

func planning(ctx context.Context, settings map[string]any, members []*member) error {
	return each(ctx, settings, members, upgrade, read, validate, plan)
}

func create(ctx context.Context, settings map[string]any, members []*member) error {
	if err := each(ctx, settings, members, validate, plan); err != nil {
		return err
	}
	return each(ctx, settings, members, validate, plan, apply)
}

func change(ctx context.Context, settings map[string]any, members []*member) error {
	if err := each(ctx, settings, members, upgrade, read, validate, plan); err != nil {
		return err
	}
	return each(ctx, settings, members, upgrade, validate, plan, apply)
}

func destroy(ctx context.Context, settings map[string]any, members []*member) error {
	if err := each(ctx, settings, members, upgrade, read, plan); err != nil {
		return err
	}
	return each(ctx, settings, members, upgrade, apply)
}

// settle writes the state file, and proposes the present state.
func settle(ctx context.Context, _ map[string]any, members []*member) error {
	ty, err := typeOfInstance(ctx)
	for _, m := range members {
		var value tftypes.Value
		if err == nil {
			value, err = m.State.Unmarshal(ty)
		}
		if err == nil {
			m.JSON, err = json.Marshal(plainly(value))
		}
		m.Proposed = m.State
	}
	return err
}

// propose proposes other values than the present ones. Terraform proposes null for a destruction.
func propose(ctx context.Context, members []*member, other func(now map[string]tftypes.Value) map[string]tftypes.Value) error {
	ty, err := typeOfInstance(ctx)
	if err != nil {
		return err
	}
	changed := func(d *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
		attributes := map[string]tftypes.Value{}
		value, err := d.Unmarshal(ty)
		if err == nil {
			err = value.As(&attributes)
		}
		if err != nil {
			return nil, err
		}
		value = tftypes.NewValue(ty, nil)
		if attributes = other(attributes); attributes != nil {
			value = tftypes.NewValue(ty, attributes)
		}
		out, err := tfprotov6.NewDynamicValue(ty, value)
		return &out, err
	}
	for _, m := range members {
		var err2 error
		m.Config, err = changed(m.Config)
		m.Proposed, err2 = changed(m.State)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
	}
	return nil
}

// unchanged fails where a plan differs from the present state.
func unchanged(ctx context.Context, _ map[string]any, members []*member) error {
	ty, err := typeOfInstance(ctx)
	if err != nil {
		return err
	}
	for _, m := range members {
		was, err := m.State.Unmarshal(ty)
		is, err2 := m.planned.Unmarshal(ty)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if differences, err := was.Diff(is); err != nil || len(differences) > 0 {
			return errors.Join(err, fmt.Errorf("the plan is not empty: %v", differences))
		}
	}
	return nil
}

func typeOfInstance(ctx context.Context) (tftypes.Type, error) {
	served := provider.New("test")
	server := served.Server()
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	return schema.ResourceSchemas[instanceType].ValueType(), nil
}

// describe returns an instance that is to be made.
func (w *walk) describe(config map[string]any) *member {
	ty := w.schema.ResourceSchemas[instanceType].ValueType()
	return &member{Config: wired(ty, config), Proposed: wired(ty, config), State: wired(ty, nil)}
}

// make makes an object that instances need.
func (w *walk) make(ctx context.Context, kind string, config map[string]any) error {
	ty := w.schema.ResourceSchemas[kind].ValueType()
	planned, err := w.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: kind, PriorState: wired(ty, nil),
		ProposedNewState: wired(ty, config), Config: wired(ty, config)})
	if err == nil {
		err = failed("PlanResourceChange", planned.Diagnostics)
	}
	if err != nil {
		return err
	}
	applied, err := w.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{TypeName: kind, PriorState: wired(ty, nil),
		PlannedState: planned.PlannedState, Config: wired(ty, config), PlannedPrivate: planned.PlannedPrivate})
	if err != nil {
		return err
	}
	return failed("ApplyResourceChange", applied.Diagnostics)
}

// look finds the id of a name with a data source.
func (w *walk) look(ctx context.Context, kind, name string) (id string, err error) {
	ty := w.schema.DataSourceSchemas[kind].ValueType()
	resp, err := w.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: kind,
		Config: wired(ty, map[string]any{"name": name})})
	if err == nil {
		err = failed("ReadDataSource", resp.Diagnostics)
	}
	if err != nil {
		return "", err
	}
	attributes := map[string]tftypes.Value{}
	value, err := resp.State.Unmarshal(ty)
	if err == nil {
		err = value.As(&attributes)
	}
	if err == nil {
		err = attributes["id"].As(&id)
	}
	return id, err
}
