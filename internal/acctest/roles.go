// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"flag"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Govc carries out the commands of govc with which an administrator makes an account: role.create and permissions.set, each given by its
// arguments. What the vCenter then holds is what the account may, which has the password of restricted users. It returns the roles that
// were made, with their privileges.
func (v *VCenter) Govc(account string, commands [][]string) (roles map[string][]string, err error) {
	v.t.Helper()
	roles = map[string][]string{}
	var given []types.ManagedObjectReference
	for _, c := range commands {
		switch {
		case c[0] == "role.create" && len(c) > 2:
			roles[c[1]] = c[2:]
			if _, err := object.NewAuthorizationManager(v.Client().Client).AddRole(v.t.Context(), c[1], c[2:]); err != nil {
				return nil, fmt.Errorf("%s: %w", c[1], err)
			}
		case c[0] == "permissions.set":
			at, err := v.permit(account, c[1:])
			if err != nil {
				return nil, fmt.Errorf("%v: %w", c, err)
			}
			given = append(given, at)
		default:
			return nil, fmt.Errorf("govc %v makes no account", c)
		}
	}
	return roles, v.addGranted(account, given)
}

// permit gives a role at a place, by the flags of govc permissions.set.
func (v *VCenter) permit(account string, arguments []string) (at types.ManagedObjectReference, err error) {
	flags := flag.NewFlagSet("permissions.set", flag.ContinueOnError)
	principal, role := flags.String("principal", "", ""), flags.String("role", "", "")
	propagate, group := flags.Bool("propagate", true, ""), flags.Bool("group", false, "")
	if err := flags.Parse(arguments); err != nil || flags.NArg() != 1 {
		return at, fmt.Errorf("one place is to be named, and %d are: %w", flags.NArg(), err)
	}
	if *principal != account {
		return at, fmt.Errorf("the principal is %s", *principal)
	}
	ctx, m := v.t.Context(), object.NewAuthorizationManager(v.Client().Client)
	all, err := m.RoleList(ctx)
	if err != nil {
		return at, err
	}
	found := all.ByName(*role)
	if found == nil {
		return at, fmt.Errorf("there is no role %s", *role)
	}
	at = v.Client().ServiceContent.RootFolder
	if flags.Arg(0) != "/" {
		object, err := object.NewSearchIndex(v.Client().Client).FindByInventoryPath(ctx, flags.Arg(0))
		if err != nil || object == nil {
			return at, fmt.Errorf("there is no %s: %w", flags.Arg(0), err)
		}
		at = object.Reference()
	}
	return at, m.SetEntityPermissions(ctx, at, []types.Permission{{Principal: *principal, Group: *group, RoleId: found.RoleId,
		Propagate: *propagate}})
}

// addGranted makes a user who may what the permissions at some places say.
func (v *VCenter) addGranted(account string, places []types.ManagedObjectReference) error {
	ctx, m := v.t.Context(), object.NewAuthorizationManager(v.Client().Client)
	all, err := m.RoleList(ctx)
	if err != nil {
		return err
	}
	var permissions []vcsim.Permission
	for _, at := range places {
		here, err := m.RetrieveEntityPermissions(ctx, at, false)
		if err != nil {
			return err
		}
		for _, p := range here {
			if p.Principal == account && p.Propagate {
				permissions = append(permissions, vcsim.Permission{On: at, Privileges: all.ById(p.RoleId).Privilege})
			}
		}
	}
	v.AddUser(account, restrictedPassword, permissions...)
	return nil
}
