"""A local mock of mParticle and the subscription vendors around it."""
