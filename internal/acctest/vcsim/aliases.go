// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/accounts"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/automation"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/disks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/machines"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/uploads"
)

// What tests name of the rooms below this one.

// Permission is what a user may on an object: see AddUser.
type Permission = accounts.Permission

// Hardware is what an ESX host has: see SetHardware.
type Hardware = clusters.Hardware

// DiskKnobs choose how first class disks behave.
type DiskKnobs = disks.Knobs

// UploadKnobs choose how hosts take the disks of imported machines.
type UploadKnobs = uploads.Knobs

// LibraryKnobs choose how content libraries take files.
type LibraryKnobs = automation.UpdateKnobs

const (
	// HostUser is the account of every ESX host.
	HostUser = clusters.HostUser
	// HostPassword is its password. It opens nothing but a simulated host.
	HostPassword = clusters.HostPassword
	// Unreachable ends the names of hosts that nobody answers for.
	Unreachable = clusters.Unreachable
	// Diskless begins the names of hosts that see none of the storage that all others share.
	Diskless = clusters.Diskless
)

// HostThumbprint is the thumbprint of the certificate that the ESX host of a name presents.
func HostThumbprint(name string) string { return clusters.HostThumbprint(name) }

// Holding is what a vCenter answers to a change of a machine that another task holds: see Hold.
type Holding = machines.Holding

const (
	// Busy refuses a change with TaskInProgress, which names the task.
	Busy = machines.Busy
	// Unfit refuses it with InvalidState, which names nothing. A reconfigure's task is made, and fails.
	Unfit = machines.Unfit
	// Queued makes the task, and carries it out when the other is done.
	Queued = machines.Queued
)

const (
	// SilentGuest is the key of extraConfig that, set to TRUE, makes a machine one whose guest never reports anything.
	SilentGuest = guests.SilentGuest
	// LateGuest is the key of extraConfig that makes a guest report late or in part.
	LateGuest = guests.LateGuest
	// PlainGuest is the key of extraConfig that, set to TRUE, makes a machine one whose guest has no cloud-init.
	PlainGuest = guests.PlainGuest
	// CloudInitStatus is the key of extraConfig with which a guest's cloud-init ends, where it is told to report.
	CloudInitStatus = guests.CloudInitStatus
)

// Advanced is what a vCenter does when a change sets advanced parameters outside guestinfo. of a machine that is not off.
type Advanced machines.Advanced

const (
	// AllTaken takes every parameter.
	AllTaken = Advanced(machines.AllTaken)
	// KnownRefused refuses a change that sets one which vSphere itself knows.
	KnownRefused = Advanced(machines.KnownRefused)
	// AllRefused refuses a change that sets any.
	AllRefused = Advanced(machines.AllRefused)
)

// On are the options of a vCenter that treats advanced parameters so.
func (a Advanced) On(o Options) Options {
	o.Advanced = a
	return o
}
