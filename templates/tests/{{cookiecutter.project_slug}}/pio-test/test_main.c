{% include "test_unity.c" %}

#ifdef ARDUINO
void setup(void);
void loop(void);

void setup(void)
{
	UNITY_BEGIN();
	RUN_TEST(test_models_compute_the_recorded_outputs);
	UNITY_END();
}

void loop(void)
{
}
#else
int main(void)
{
	UNITY_BEGIN();
	RUN_TEST(test_models_compute_the_recorded_outputs);
	return UNITY_END();
}
#endif
