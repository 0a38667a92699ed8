#include "engine/base/clock.h"
#include "engine/base/random.h"
