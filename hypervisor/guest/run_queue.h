// SPDX-License-Identifier: Apache-2.0
#pragma once
// The virtual CPUs of one CPU.

#include "hypervisor/guest/scheduling.h"

namespace suture::hv {

struct Vcpu;
using RunQueue = SchedulingQueue<Vcpu>;

} // namespace suture::hv
